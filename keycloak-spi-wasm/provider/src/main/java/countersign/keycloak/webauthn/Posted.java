package countersign.keycloak.webauthn;

import countersign.keycloak.PostedFields;
import countersign.keycloak.Refusal;
import java.util.List;
import java.util.Map;
import org.keycloak.WebAuthnConstants;
import org.keycloak.http.HttpRequest;
import org.keycloak.models.KeycloakSession;

/** An assertion as a browser posted it. */
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

    private final PostedFields fields;

    Posted(HttpRequest request) {
        fields = new PostedFields(request == null ? null : request.getDecodedFormParameters(), FIELDS);
    }

    static Posted in(KeycloakSession session) {
        return new Posted(session.getContext().getHttpRequest());
    }

    /** What is wrong with the fields, whoever reads them: null when nothing is. */
    Refusal fault() {
        Refusal fault = fields.fault();
        if (fault != null) {
            return fault;
        }
        long there = REQUIRED.stream().filter(fields::has).count();
        if (there != 0 && there != REQUIRED.size()) {
            return new Refusal("malformed_credential", "member_missing");
        }
        return there != 0 && fields.has(WebAuthnConstants.ERROR)
                ? new Refusal("malformed_request", "an assertion and an error")
                : null;
    }

    /** The field's text; null when there is none. */
    String text(String name) {
        return fields.text(name);
    }

    boolean has(String name) {
        return fields.has(name);
    }

    /** The fields that are there, for a page that posts them again. */
    Map<String, String> fields() {
        return fields.there();
    }

    /** Tells one assertion from another. */
    String digest() {
        return fields.digest();
    }
}
