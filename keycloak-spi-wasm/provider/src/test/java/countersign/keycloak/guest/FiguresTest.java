package countersign.keycloak.guest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a decision takes ({@code make bench-keycloak}): no test, but a table for docs/keycloak.md. */
@Tag("figures")
class FiguresTest {
    private static final int ROUNDS = 60;
    private static final int EACH = 20;

    private static final String CONFIGURATION = """
            {"version":1,"rules":[{"id":"payroll","ceremony":"sign_in","when":{"client":true,"equals":"payroll"},"require":"step_up"}],
            "orchestrator":{"profile":"countersign","url":"https://orchestrator.example"}}""";

    @Test
    void table() throws Exception {
        long before = System.nanoTime();
        GuestModule module = GuestModule.loaded();
        double loaded = milliseconds(before);
        ObjectNode refused = document("another ceremony's challenge");
        ObjectNode signed = document("authentication: ES256 Credential with No Attestation");
        ObjectNode decided = decision();
        double first = time(module, signed);
        double[] without = new double[ROUNDS];
        double[] with = new double[ROUNDS];
        double[] rules = new double[ROUNDS];
        double[] jca = new double[ROUNDS];
        Jca own = new Jca();
        // Interleaved: whatever else the machine does falls on all of them.
        for (int round = 0; round < ROUNDS; round++) {
            without[round] = median(() -> time(module, refused));
            with[round] = median(() -> time(module, signed));
            rules[round] = median(() -> time(module, decided));
            jca[round] = median(own::time);
        }
        System.out.printf("%n| Java %s | first ten rounds | steady | Java's own P-256 check = 1 |%n|---|---|---|---|%n", Runtime.version());
        row("refused before the signature", without, jca);
        row("with an ES256 signature", with, jca);
        row("the rules of a sign-in", rules, jca);
        System.out.printf("%nLoading and self-test %.0f ms; the first decision after it %.1f ms.%n%n", loaded, first);
    }

    private static void row(String name, double[] times, double[] jca) {
        int half = ROUNDS / 2;
        double steady = median(Arrays.copyOfRange(times, half, ROUNDS));
        System.out.printf("| %s | %.2f ms | %.2f ms | %.1f |%n", name, median(Arrays.copyOf(times, 10)), steady,
                steady / median(Arrays.copyOfRange(jca, half, ROUNDS)));
    }

    private interface Timed {
        double take() throws Exception;
    }

    private static double median(Timed timed) throws Exception {
        double[] times = new double[EACH];
        for (int number = 0; number < EACH; number++) {
            times[number] = timed.take();
        }
        return median(times);
    }

    private static double median(double[] times) {
        double[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double time(GuestModule module, ObjectNode document) throws Unanswered {
        long before = System.nanoTime();
        module.call(document);
        return milliseconds(before);
    }

    private static double milliseconds(long since) {
        return (System.nanoTime() - since) / 1e6;
    }

    private static ObjectNode document(String name) throws IOException {
        JsonNode rows = new ObjectMapper().readTree(Path.of(System.getProperty("vectors")).toFile());
        return (ObjectNode) StreamSupport.stream(rows.spliterator(), false)
                .filter(row -> row.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow()
                .get("document");
    }

    private static ObjectNode decision() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("op", "decide").put("occasion", "sign_in").put("configuration", CONFIGURATION);
        ObjectNode facts = document.putObject("facts").put("client", "payroll").put("newDevice", false).put("user", "ada");
        facts.putArray("acr");
        facts.putObject("attributes");
        return document;
    }

    /** The same kind of signature by the JDK. */
    private static final class Jca {
        private final KeyPair keys;
        private final byte[] message = new byte[69];
        private final byte[] signature;

        Jca() throws GeneralSecurityException {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            keys = generator.generateKeyPair();
            Signature signer = Signature.getInstance("SHA256withECDSA");
            signer.initSign(keys.getPrivate());
            signer.update(message);
            signature = signer.sign();
        }

        double time() throws GeneralSecurityException {
            long before = System.nanoTime();
            Signature verifier = Signature.getInstance("SHA256withECDSA");
            verifier.initVerify(keys.getPublic());
            verifier.update(message);
            verifier.verify(signature);
            return milliseconds(before);
        }
    }
}
