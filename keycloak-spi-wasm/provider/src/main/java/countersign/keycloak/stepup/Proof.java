package countersign.keycloak.stepup;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.stream.Stream;
import org.keycloak.sessions.AuthenticationSessionModel;

/** What a sign-in has proven, in notes of the user's session that protocol mappers can put into tokens. */
final class Proof {
    /** What a check gives unless a rule says otherwise; the core's own word. */
    static final String ACR = "urn:countersign:acr:biometric";

    /** A JSON list of authentication methods (RFC 8176). */
    static final String AMR_NOTE = "countersign.amr";

    static final String ACR_NOTE = "countersign.acr";

    private Proof() {}

    /** Adds a method to those of this sign-in. */
    static void of(AuthenticationSessionModel auth, String method, String acr) {
        String before = auth.getUserSessionNotes().get(AMR_NOTE);
        var methods = before == null ? Stream.<String>empty() : Stream.of(before.replaceAll("[\\[\\]\"]", "").split(","));
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        Stream.concat(methods, Stream.of(method)).distinct().sorted().forEach(list::add);
        auth.setUserSessionNote(AMR_NOTE, list.toString());
        auth.setUserSessionNote(ACR_NOTE, acr);
    }
}
