package countersign.keycloak.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Two Keycloaks that share a PostgreSQL and their caches, as in production. */
public final class Cluster {
    /** Which node's address both write into their pages: the first's. */
    public final Keycloak first;

    public final Keycloak second;

    /** Where there is no PostgreSQL, the tests about it are skipped, aloud. */
    public static boolean isPossible() {
        return PostgreSql.isThere();
    }

    public Cluster() throws IOException {
        var database = new PostgreSql();
        Path home = Path.of("target", "cluster").toAbsolutePath();
        Distribution.copy(home);
        Distribution.provide(home, "provider.jar");
        build(home);
        first = node(home, "node-1", database, null);
        second = node(home, "node-2", database, first);
    }

    private static void build(Path home) throws IOException {
        var command = List.of(home.resolve("bin/kc.sh").toString(), "build", "--db=postgres", "--cache=ispn", "--health-enabled=true");
        var builder = new ProcessBuilder(command).inheritIO().redirectErrorStream(true).redirectOutput(Path.of("target", "build.log").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        PostgreSql.run(builder);
    }

    private static Keycloak node(Path home, String name, PostgreSql database, Keycloak first) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "start",
                "--optimized",
                "--http-enabled=true",
                "--db-url=" + database.url(),
                "--db-username=postgres",
                "--db-password=none",
                "--cache-embedded-network-bind-address=127.0.0.1",
                "--cache-embedded-network-bind-port=" + Keycloak.free()));
        return Keycloak.node(home, name, arguments, first);
    }

    /** The same address at the other node. */
    public String atSecond(String url) {
        return url.replace(first.url(), second.url());
    }

    /** A server of its own, gone with the tests. */
    private static final class PostgreSql {
        private final int port = Keycloak.free();

        PostgreSql() throws IOException {
            Path folder = Files.createTempDirectory("countersign-postgres-");
            if (isRoot()) {
                run(new ProcessBuilder("chown", "postgres", folder.toString()));
            }
            Path data = folder.resolve("data");
            run(as(List.of(bin("initdb"), "--auth=trust", "--username=postgres", "--no-sync", "-D", data.toString())));
            Process server = as(List.of(
                            bin("postgres"), "-D", data.toString(), "-k", folder.toString(),
                            "-c", "listen_addresses=127.0.0.1", "-c", "port=" + port, "-c", "fsync=off"))
                    .redirectErrorStream(true)
                    .redirectOutput(Path.of("target", "postgres.log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(server::destroy));
            run(as(List.of("sh", "-c", "for i in $(seq 300); do " + bin("pg_isready") + " -q -h 127.0.0.1 -p " + port + " && exit; sleep 0.1; done; exit 1")));
        }

        String url() {
            return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
        }

        static boolean isThere() {
            return newest() != null;
        }

        private static String bin(String program) {
            return newest().resolve("bin").resolve(program).toString();
        }

        private static Path newest() {
            Path all = Path.of("/usr/lib/postgresql");
            try (var versions = Files.isDirectory(all) ? Files.list(all) : java.util.stream.Stream.<Path>empty()) {
                return versions.filter(version -> Files.isExecutable(version.resolve("bin/initdb"))).max(Path::compareTo).orElse(null);
            } catch (IOException e) {
                return null;
            }
        }

        /** PostgreSQL refuses to run as root. */
        private static ProcessBuilder as(List<String> command) {
            var all = new ArrayList<String>();
            if (isRoot()) {
                all.addAll(List.of("runuser", "-u", "postgres", "--"));
            }
            all.addAll(command);
            var builder = new ProcessBuilder(all).directory(Path.of("/tmp").toFile());
            builder.environment().putAll(Map.of("LC_ALL", "C"));
            return builder;
        }

        private static boolean isRoot() {
            return "root".equals(System.getProperty("user.name"));
        }

        static void run(ProcessBuilder builder) throws IOException {
            if (builder.redirectOutput() == ProcessBuilder.Redirect.PIPE) {
                builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
            }
            try {
                int code = builder.start().waitFor();
                if (code != 0) {
                    throw new IllegalStateException(builder.command() + " ended with " + code);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }
}
