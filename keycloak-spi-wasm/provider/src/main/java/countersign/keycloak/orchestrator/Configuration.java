package countersign.keycloak.orchestrator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import countersign.keycloak.guest.Unanswered;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a realm's attribute says. Whether it loads is the core's to say; what it means, too: its text is handed to the
 * core with every question.
 */
public final class Configuration {
    /** A configuration names its secrets by environment variables, and can name no others than these. */
    private static final List<String> OURS = List.of("COUNTERSIGN_", "BIOMETRIC_PASSKEY_IDV_");

    private final String text;
    private final Map<String, String> environment;
    private final JsonNode said;

    private Configuration(String text, Map<String, String> environment, JsonNode said) {
        this.text = text;
        this.environment = environment;
        this.said = said;
    }

    /** As the core reads it. */
    static Configuration read(String text, Map<String, String> environment, Guest guest) throws Unanswered {
        var ours = environment.entrySet().stream()
                .filter(variable -> OURS.stream().anyMatch(variable.getKey()::startsWith))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        var unread = new Configuration(text, ours, JsonNodeFactory.instance.missingNode());
        return new Configuration(text, ours, guest.call(unread.document("configuration")));
    }

    /** Whether decisions can be made by it; if not, every one is a refusal. */
    public boolean loads() {
        return said.has("loaded");
    }

    /** How long one call to the orchestrator may take. */
    public Duration timeout() {
        return Duration.ofMillis(said.path("loaded").path("timeout").asLong(2000));
    }

    /** What is wrong with it: where, what, and what to write instead. For an administrator, never for a page. */
    public List<String> errors() {
        var errors = new ArrayList<String>();
        for (JsonNode error : said.path("errors")) {
            String help = error.path("help").asText();
            String path = error.path("path").asText();
            errors.add((path.isEmpty() ? "the whole" : path) + ": " + error.path("message").asText()
                    + (help.isEmpty() ? "" : " (" + help + ")"));
        }
        if (said.has("refusal")) {
            errors.add(said.path("refusal").path("reason").asText());
        }
        return errors;
    }

    /** What loads, but should not stay like this. */
    public List<String> warnings() {
        var warnings = new ArrayList<String>();
        said.path("loaded").path("warnings").forEach(warning -> warnings.add(warning.asText()));
        return warnings;
    }

    /** One line for "Server info". */
    public String summary() {
        if (!loads()) {
            return "DOES NOT LOAD, all is refused: " + String.join("; ", errors());
        }
        JsonNode loaded = said.get("loaded");
        return loaded.path("enforcement").asText() + ", " + loaded.path("rules").size() + " rules, orchestrator "
                + loaded.path("orchestrator").asText()
                + warnings().stream().map(warning -> "; " + warning).collect(Collectors.joining());
    }

    boolean isOf(String other) {
        return text.equals(other);
    }

    /** A document to ask the core by the rules of this configuration, which have no secrets. Only of one that loads. */
    public ObjectNode rules(String operation) {
        return JsonNodeFactory.instance.objectNode().put("op", operation).put("configuration", text);
    }

    /** A document to ask the core about this configuration, or by it. */
    public ObjectNode document(String operation) {
        ObjectNode document = rules(operation);
        ObjectNode variables = document.putObject("environment");
        environment.forEach(variables::put);
        return document;
    }
}
