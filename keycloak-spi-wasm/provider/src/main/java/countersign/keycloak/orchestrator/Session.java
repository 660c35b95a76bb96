package countersign.keycloak.orchestrator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The orchestrator's record of one check.
 *
 * @param carry what some orchestrators want to hear again; null for the others
 */
public record Session(String id, String carry) {
    static Session of(JsonNode said) {
        String id = said.path("id").textValue();
        return id == null ? null : new Session(id, said.path("carry").textValue());
    }

    ObjectNode document() {
        ObjectNode document = JsonNodeFactory.instance.objectNode().put("id", id);
        if (carry != null) {
            document.put("carry", carry);
        }
        return document;
    }
}
