package countersign.keycloak.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A Keycloak with our jar in it, started once for all tests on ports that were free. */
public final class Keycloak {
    private static final Duration START = Duration.ofMinutes(5);
    private static final String ADMIN = "admin";
    private static final String PASSWORD = "only for these tests";

    /** Loads, and asks nobody anything. */
    private static final String NO_RULES =
            "{\"version\":1,\"orchestrator\":{\"profile\":\"countersign\",\"url\":\"http://127.0.0.1:1\"}}";

    private static Keycloak running;

    /** Every assertion is checked here. */
    public final Realm guarded = Realm.of("guarded", NO_RULES);

    /** Nobody switched anything on here. */
    public final Realm plain = Realm.of("plain", "");

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final int port;
    private final int management;
    private final Path home;
    private final Path log;
    private Process process;
    private String admin;
    private Instant adminUntil = Instant.MIN;

    /** The running one. */
    public static synchronized Keycloak start() {
        if (running == null) {
            try {
                running = new Keycloak(Path.of(System.getProperty("distribution")), "keycloak");
                Distribution.provide(running.home, "provider.jar");
                running.startDev(List.of(running.guarded, running.plain));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
        return running;
    }

    private Keycloak(Path home, String name) throws IOException {
        this.home = home;
        port = free();
        management = free();
        log = Path.of("target", name + ".log");
    }

    /** One more, of a distribution that was built for what it is told; its addresses are those of the one at {@code url}. */
    static Keycloak node(Path home, String name, List<String> arguments, Keycloak first) throws IOException {
        var node = new Keycloak(home, name);
        var all = new ArrayList<>(arguments);
        all.add("--hostname=" + (first == null ? node : first).url());
        node.launch(all);
        return node;
    }

    /** One more, around a core gone bad, with these realms. */
    public static Keycloak hostile(List<Realm> realms) throws IOException {
        Path home = Path.of("target", "hostile").toAbsolutePath();
        Distribution.copy(home);
        Distribution.provide(home, "hostile.jar");
        var keycloak = new Keycloak(home, "hostile");
        keycloak.startDev(realms);
        return keycloak;
    }

    private void startDev(List<Realm> realms) throws IOException {
        clear(home.resolve("data"));
        Path imported = Files.createDirectories(home.resolve("data/import"));
        for (Realm realm : realms) {
            Files.writeString(imported.resolve(realm.name() + ".json"), realm.json());
        }
        launch(List.of("start-dev", "--import-realm"));
    }

    public String url() {
        return "http://localhost:" + port;
    }

    static int free() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void launch(List<String> arguments) throws IOException {
        Path script = home.resolve("bin/kc.sh");
        Files.createDirectories(log.toAbsolutePath().getParent());
        var command = new ArrayList<>(List.of(script.toAbsolutePath().toString()));
        command.addAll(arguments);
        command.addAll(List.of("--http-port=" + port, "--http-management-port=" + management));
        if (!arguments.contains("--optimized")) {
            command.add("--health-enabled=true");
        }
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(Map.of(
                "JAVA_HOME", System.getProperty("java.home"),
                "JAVA_OPTS_KC_HEAP", "-Xms128m -Xmx768m",
                "COUNTERSIGN_ORCHESTRATOR_TOKEN", FaceCheck.TOKEN,
                "KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN,
                "KC_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD));
        process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
        Instant deadline = Instant.now().plus(START);
        while (!isReady()) {
            if (!process.isAlive() || Instant.now().isAfter(deadline)) {
                stop();
                throw new IllegalStateException("Keycloak did not start:\n" + tail());
            }
            pause();
        }
    }

    private static void clear(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (var files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void stop() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }

    private boolean isReady() {
        try {
            return send(HttpRequest.newBuilder(URI.create("http://localhost:" + management + "/health/ready"))).statusCode() == 200;
        } catch (IllegalStateException notYet) {
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(250);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String tail() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }

    /** The newest failed sign-in of a realm, as Keycloak stored it. */
    public JsonNode lastFailure(Realm realm) {
        return admin("/admin/realms/" + realm.name() + "/events?type=LOGIN_ERROR&max=1").path(0);
    }

    /** How many sessions a user has. */
    public int sessions(Realm realm, String user) {
        return admin("/admin/realms/" + realm.name() + "/users/" + user + "/sessions").size();
    }

    /** What the page "Server info" shows of a provider. */
    public JsonNode serverInfo(String spi, String provider) {
        return admin("/admin/serverinfo").path("providers").path(spi).path("providers").path(provider).path("operationalInfo");
    }

    /** The claims of the access token that a code is exchanged for. */
    public JsonNode token(Realm realm, String client, String code, String redirect) {
        String form = Login.form(List.of(
                Map.entry("grant_type", "authorization_code"),
                Map.entry("client_id", client),
                Map.entry("code", code),
                Map.entry("redirect_uri", redirect)));
        JsonNode answer = post("/realms/" + realm.name() + "/protocol/openid-connect/token", form);
        String token = answer.path("access_token").asText();
        if (token.isEmpty()) {
            throw new AssertionError("no token: " + answer);
        }
        try {
            return json.readTree(Base64.getUrlDecoder().decode(token.split("\\.")[1]));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes a realm. */
    public void create(String realm) {
        change("POST", "/admin/realms", realm);
        adminUntil = Instant.MIN; // Rights on a realm are in tokens that are younger than the realm.
    }

    /** Changes something by the admin REST API. */
    public void change(String method, String path, String body) {
        var answer = send(asAdmin(path).header("Content-Type", "application/json").method(method, HttpRequest.BodyPublishers.ofString(body)));
        if (answer.statusCode() >= 300) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
    }

    /** Asks something by the admin REST API. */
    public JsonNode admin(String path) {
        return read(send(asAdmin(path)));
    }

    private HttpRequest.Builder asAdmin(String path) {
        if (Instant.now().isAfter(adminUntil)) {
            signInAdmin();
        }
        return HttpRequest.newBuilder(URI.create(url() + path)).header("Authorization", "Bearer " + admin);
    }

    private void signInAdmin() {
        String form = Login.form(List.of(
                Map.entry("grant_type", "password"),
                Map.entry("client_id", "admin-cli"),
                Map.entry("username", ADMIN),
                Map.entry("password", PASSWORD)));
        admin = post("/realms/master/protocol/openid-connect/token", form).path("access_token").asText();
        adminUntil = Instant.now().plusSeconds(30);
    }

    private JsonNode post(String path, String form) {
        return read(send(HttpRequest.newBuilder(URI.create(url() + path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form))));
    }

    private JsonNode read(HttpResponse<String> response) {
        try {
            return json.readTree(response.body());
        } catch (IOException e) {
            throw new IllegalStateException(response.statusCode() + " " + response.body(), e);
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
