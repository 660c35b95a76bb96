package countersign.keycloak.orchestrator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import countersign.keycloak.guest.Unanswered;

/** Whoever answers a document with a document: the core. */
@FunctionalInterface
public interface Guest {
    /** The answer to a document. */
    JsonNode call(ObjectNode document) throws Unanswered;
}
