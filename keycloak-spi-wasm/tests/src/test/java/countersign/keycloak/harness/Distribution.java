package countersign.keycloak.harness;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/** Keycloak as it is downloaded, and what is put into it. */
final class Distribution {
    private Distribution() {}

    /** Everything but what another run left behind. */
    static void copy(Path to) throws IOException {
        Path from = Path.of(System.getProperty("distribution")).toAbsolutePath();
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
                if (directory.equals(from.resolve("data"))) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(to.resolve(from.relativize(directory)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.REPLACE_EXISTING);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Puts a jar of ours, which a system property names, among the providers. */
    static void provide(Path home, String property) throws IOException {
        Path jar = Path.of(System.getProperty(property));
        Path provided = home.resolve("providers/countersign-keycloak.jar");
        if (!Files.exists(provided) || Files.mismatch(jar, provided) >= 0) {
            Files.copy(jar, provided, StandardCopyOption.REPLACE_EXISTING);
        }
        home.resolve("bin/kc.sh").toFile().setExecutable(true);
    }
}
