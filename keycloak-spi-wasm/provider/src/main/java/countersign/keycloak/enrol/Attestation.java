package countersign.keycloak.enrol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import countersign.keycloak.Refusal;
import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.guest.Unanswered;
import jakarta.ws.rs.core.MultivaluedMap;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
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

    private static final int LONGEST = 48 * 1024;

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

    private final MultivaluedMap<String, String> form;

    Attestation(MultivaluedMap<String, String> form) {
        this.form = form;
    }

    /** Whether there is one: a browser that failed posts an error instead. */
    boolean isThere() {
        return REQUIRED.stream().anyMatch(this::has);
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
                .put("clientDataJSON", text(WebAuthnConstants.CLIENT_DATA_JSON))
                .put("attestationObject", text(WebAuthnConstants.ATTESTATION_OBJECT));
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
        long length = 0;
        for (Map.Entry<String, List<String>> field : form.entrySet()) {
            if (FIELDS.contains(field.getKey())) {
                if (field.getValue().size() != 1) {
                    return new Refusal("malformed_request", "a field twice");
                }
                length += field.getValue().get(0) == null ? 0 : field.getValue().get(0).length();
            } else if (FIELDS.stream().anyMatch(field.getKey()::equalsIgnoreCase)) {
                return new Refusal("malformed_request", "a field in another case");
            }
        }
        if (length > LONGEST) {
            return new Refusal("body_too_large", "fields too long");
        }
        return REQUIRED.stream().allMatch(this::has) ? null : new Refusal("malformed_credential", "member_missing");
    }

    String credentialId() {
        return text(WebAuthnConstants.PUBLIC_KEY_CREDENTIAL_ID);
    }

    /** The fields that are there, for a page that posts them again. */
    Map<String, String> fields() {
        var fields = new LinkedHashMap<String, String>();
        FIELDS.stream().filter(this::has).forEach(name -> fields.put(name, text(name)));
        return fields;
    }

    /** Tells one from another. */
    String digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            fields().forEach((name, text) -> digest.update((name + "=" + text + "\n").getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean has(String name) {
        String text = text(name);
        return text != null && !text.isEmpty();
    }

    private String text(String name) {
        return form.getFirst(name);
    }
}
