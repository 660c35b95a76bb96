package countersign.keycloak.enrol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import countersign.keycloak.PostedFields;
import countersign.keycloak.Refusal;
import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.guest.Unanswered;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.List;
import java.util.Map;
import org.keycloak.WebAuthnConstants;
import org.keycloak.common.util.UriUtils;
import org.keycloak.models.Constants;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.WebAuthnPolicy;
import org.keycloak.crypto.Algorithm;

/** A new credential as a browser posted it. */
final class Attestation {
    private static final List<String> REQUIRED = List.of(
            WebAuthnConstants.CLIENT_DATA_JSON,
            WebAuthnConstants.ATTESTATION_OBJECT,
            WebAuthnConstants.PUBLIC_KEY_CREDENTIAL_ID);

    /** What Keycloak's form has, and nothing that would change what is registered may stand twice. */
    private static final List<String> FIELDS = List.of(
            WebAuthnConstants.CLIENT_DATA_JSON,
            WebAuthnConstants.ATTESTATION_OBJECT,
            WebAuthnConstants.PUBLIC_KEY_CREDENTIAL_ID,
            WebAuthnConstants.AUTHENTICATOR_LABEL,
            WebAuthnConstants.TRANSPORTS,
            WebAuthnConstants.AUTHENTICATOR_ATTACHMENT,
            WebAuthnConstants.ERROR,
            "logout-sessions");

    /** COSE's numbers of the algorithms that a policy can name (IANA COSE Algorithms). */
    private static final Map<String, Integer> ALGORITHMS = Map.of(
            Algorithm.ES256, -7,
            Algorithm.ES384, -35,
            Algorithm.ES512, -36,
            Algorithm.RS256, -257,
            Algorithm.RS384, -258,
            Algorithm.RS512, -259,
            Algorithm.Ed25519, -8,
            "RS1", -65535);

    private final PostedFields fields;

    Attestation(MultivaluedMap<String, String> form) {
        fields = new PostedFields(form, FIELDS);
    }

    /** Whether there is one: a browser that failed posts an error instead. */
    boolean isThere() {
        return REQUIRED.stream().anyMatch(fields::has);
    }

    /** What the core says of it: null when it passes. */
    Refusal check(KeycloakSession session, WebAuthnPolicy policy, String rpId, String challenge) {
        Refusal fault = fault();
        if (fault != null) {
            return fault;
        }
        ObjectNode document = JsonNodeFactory.instance
                .objectNode()
                .put("op", "registration")
                .put("credentialId", credentialId())
                .put("clientDataJSON", fields.text(WebAuthnConstants.CLIENT_DATA_JSON))
                .put("attestationObject", fields.text(WebAuthnConstants.ATTESTATION_OBJECT));
        ObjectNode expected = document.putObject("expected").put("challenge", challenge == null ? "" : challenge);
        var origins = expected.putArray("origins");
        origins.add(UriUtils.getOrigin(session.getContext().getUri().getBaseUri()));
        policy.getExtraOrigins().forEach(origins::add);
        expected.put("rpId", rpId);
        // Whoever enrols with a face proves to be there to the authenticator as well (contract section 4).
        expected.put("userVerification", true);
        var algorithms = expected.putArray("algorithms");
        List<String> named = policy.getSignatureAlgorithm();
        if (named == null || named.isEmpty()) {
            named = List.of(Constants.DEFAULT_WEBAUTHN_POLICY_SIGNATURE_ALGORITHMS.split(","));
        }
        named.stream().map(ALGORITHMS::get).filter(number -> number != null).forEach(algorithms::add);
        try {
            JsonNode answer = GuestModule.loaded().call(document);
            return Refusal.in(answer);
        } catch (Unanswered e) {
            return Refusal.of(e);
        }
    }

    private Refusal fault() {
        Refusal fault = fields.fault();
        boolean whole = REQUIRED.stream().allMatch(fields::has);
        return fault != null || whole ? fault : new Refusal("malformed_credential", "member_missing");
    }

    String credentialId() {
        return fields.text(WebAuthnConstants.PUBLIC_KEY_CREDENTIAL_ID);
    }

    /** The fields that are there, for a page that posts them again. */
    Map<String, String> fields() {
        return fields.there();
    }

    /** Tells one from another. */
    String digest() {
        return fields.digest();
    }
}
