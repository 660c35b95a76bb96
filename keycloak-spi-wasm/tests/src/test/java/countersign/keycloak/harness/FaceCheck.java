package countersign.keycloak.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The reference orchestrator and the simulated identity verification, as processes, behind a gate. */
public final class FaceCheck {
    static final String TOKEN = "only-for-these-tests";

    private static final String LISTENING = "listening on http://";

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final Path folder;
    private final Map<String, String> account = new HashMap<>();
    private final String orchestrator;

    public final Gate gate;

    public FaceCheck() throws IOException {
        folder = Files.createTempDirectory("countersign-");
        account.put("COUNTERSIGN_IDV_API_TOKEN", secret());
        account.put("COUNTERSIGN_WEBHOOK_TOKEN", secret());
        for (String workflow : new String[] {"REGISTRATION", "STEP_UP", "RECOVERY_VERIFY"}) {
            account.put("BIOMETRIC_PASSKEY_IDV_" + workflow + "_WORKFLOW_ID", UUID.randomUUID().toString());
        }
        String simulator = start("countersign-idv-simulator", Map.of("COUNTERSIGN_SIMULATOR_LISTEN", "127.0.0.1:0"));
        orchestrator = start("countersign-orchestrator", Map.of(
                "COUNTERSIGN_ORCHESTRATOR_LISTEN", "127.0.0.1:0",
                "COUNTERSIGN_ORCHESTRATOR_TOKEN", TOKEN,
                "COUNTERSIGN_REFERENCE_KEY", Base64.getEncoder().encodeToString(random()),
                "COUNTERSIGN_DATABASE_URL", "sqlite:" + folder.resolve("orchestrator.sqlite3"),
                "COUNTERSIGN_IDV_BASE_URL", simulator + "/v3.6"));
        var webhook = json.createObjectNode().put("url", orchestrator + "/v1/webhooks/idv");
        send(simulator + "/v3.6/webhooks", webhook.toString(), "Token token=" + account.get("COUNTERSIGN_IDV_API_TOKEN"));
        gate = new Gate(URI.create(orchestrator).getPort());
    }

    /** What a realm says to use it, by way of the gate. */
    public String configuration() {
        return configuration("[]");
    }

    /** The same with rules. */
    public String configuration(String rules) {
        try {
            ObjectNode configuration = json.createObjectNode().put("version", 1);
            configuration.set("rules", json.readTree(rules));
            configuration.set("orchestrator", json.createObjectNode()
                    .put("profile", "countersign")
                    .put("url", url())
                    .put("timeout", "1500ms")
                    .set("credentials", json.createObjectNode()
                            .put("header", "authorization")
                            .put("prefix", "Bearer ")
                            .put("env", "COUNTERSIGN_ORCHESTRATOR_TOKEN")));
            return configuration.toString();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where the gate is. */
    public String url() {
        return "http://127.0.0.1:" + gate.port();
    }

    /** Gives a user a reference, by a registration with their own face. */
    public void enrol(String user) {
        var open = json.createObjectNode()
                .put("flow", "registration")
                .put("external_user_id", user)
                .put("rp_id", "localhost")
                .put("challenge", secret());
        JsonNode session = call("/v1/sessions", open.toString());
        capture(session.path("client").path("captureUrl").asText(), "mine");
        call("/v1/sessions/" + session.path("id").asText() + "/complete",
                json.createObjectNode().put("credential_id", secret()).toString());
    }

    /** Presses a button of the capture page, as somebody without a browser. */
    public void capture(String url, String face) {
        var request = HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("face=" + face));
        exchange(request);
    }

    private JsonNode call(String path, String body) {
        return send(orchestrator + path, body, "Bearer " + TOKEN);
    }

    private JsonNode send(String url, String body, String authorization) {
        var answer = exchange(HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .header("Authorization", authorization)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
        try {
            return json.readTree(answer.body());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> exchange(HttpRequest.Builder request) {
        try {
            var answer = http.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new AssertionError(answer.statusCode() + " " + answer.body());
            }
            return answer;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String start(String program, Map<String, String> settings) throws IOException {
        var builder = new ProcessBuilder(Path.of(System.getProperty("tools.dir"), program).toString())
                .redirectError(folder.resolve(program + ".log").toFile());
        builder.environment().putAll(account);
        builder.environment().putAll(settings);
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(LISTENING)) {
                return line.substring("listening on ".length());
            }
        }
        throw new IllegalStateException(Files.readString(folder.resolve(program + ".log")));
    }

    private static String secret() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random());
    }

    private static byte[] random() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }
}
