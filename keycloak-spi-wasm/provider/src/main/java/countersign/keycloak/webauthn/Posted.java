package countersign.keycloak.webauthn;

import countersign.keycloak.Refusal;
import jakarta.ws.rs.core.MultivaluedMap;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.keycloak.WebAuthnConstants;
import org.keycloak.http.HttpRequest;
import org.keycloak.models.KeycloakSession;

/** The fields of a form that carry an assertion, as they were posted. */
final class Posted {
    private static final List<String> REQUIRED = List.of(
            WebAuthnConstants.CREDENTIAL_ID,
            WebAuthnConstants.CLIENT_DATA_JSON,
            WebAuthnConstants.AUTHENTICATOR_DATA,
            WebAuthnConstants.SIGNATURE);
    private static final List<String> FIELDS = List.of(
            WebAuthnConstants.CREDENTIAL_ID,
            WebAuthnConstants.CLIENT_DATA_JSON,
            WebAuthnConstants.AUTHENTICATOR_DATA,
            WebAuthnConstants.SIGNATURE,
            WebAuthnConstants.USER_HANDLE,
            WebAuthnConstants.ERROR);

    /** All fields together fit into a document for the core. */
    private static final int LONGEST = 48 * 1024;

    private final MultivaluedMap<String, String> form;

    Posted(HttpRequest request) {
        this.form = request == null ? null : request.getDecodedFormParameters();
    }

    static Posted in(KeycloakSession session) {
        return new Posted(session.getContext().getHttpRequest());
    }

    /** What is wrong with the fields, whoever reads them: `null` when nothing is. */
    Refusal fault() {
        if (form == null) {
            return null;
        }
        long length = 0;
        for (Map.Entry<String, List<String>> field : form.entrySet()) {
            String name = field.getKey();
            if (!FIELDS.contains(name)) {
                if (FIELDS.stream().anyMatch(name::equalsIgnoreCase)) {
                    return malformed("a field in another case");
                }
                continue;
            }
            if (field.getValue().size() != 1) {
                return malformed("a field twice");
            }
            String value = field.getValue().get(0);
            length += value == null ? 0 : value.length();
        }
        if (length > LONGEST) {
            return new Refusal("body_too_large", "fields too long");
        }
        long there = REQUIRED.stream().filter(this::has).count();
        if (there != 0 && there != REQUIRED.size()) {
            return new Refusal("malformed_credential", "member_missing");
        }
        return there != 0 && has(WebAuthnConstants.ERROR) ? malformed("an assertion and an error") : null;
    }

    /** The field's text; `null` when there is none. */
    String text(String name) {
        return form == null ? null : form.getFirst(name);
    }

    /** Whether the field is there and not empty: the page posts all of them always. */
    boolean has(String name) {
        String text = text(name);
        return text != null && !text.isEmpty();
    }

    /** The fields that are there, for a page that posts them again. */
    Map<String, String> fields() {
        var fields = new LinkedHashMap<String, String>();
        FIELDS.stream().filter(this::has).forEach(name -> fields.put(name, text(name)));
        return fields;
    }

    /** Tells one assertion from another. */
    String digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            fields().forEach((name, text) -> digest.update((name + "=" + text + "\n").getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Refusal malformed(String reason) {
        return new Refusal("malformed_request", reason);
    }
}
