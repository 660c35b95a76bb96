package countersign.keycloak.enrol;

import countersign.keycloak.Encoding;
import java.util.Base64;
import java.util.List;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.UserModel;
import org.keycloak.models.credential.WebAuthnCredentialModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/** A recovery that waits for its replacement. */
final class Recovered {
    private static final String NOTE = "countersign.recovered";
    private static final String REVOKES = "revokes";
    private static final String KEEPS = "keeps";

    private static final List<String> TYPES =
            List.of(WebAuthnCredentialModel.TYPE_PASSWORDLESS, WebAuthnCredentialModel.TYPE_TWOFACTOR);

    private Recovered() {}

    /** The person was recognised: a replacement may be enrolled, for which the others perhaps go. */
    static void begin(AuthenticationSessionModel auth, boolean revokes) {
        auth.setAuthNote(NOTE, revokes ? REVOKES : KEEPS);
        auth.addRequiredAction(EnrolPasskeyFactory.ID);
    }

    static boolean isUnderWay(AuthenticationSessionModel auth) {
        return auth.getAuthNote(NOTE) != null;
    }

    /** The replacement is stored. */
    static void finish(KeycloakSession session, UserModel user, AuthenticationSessionModel auth, String replacement) {
        if (REVOKES.equals(auth.getAuthNote(NOTE))) {
            for (String type : TYPES) {
                var others = user.credentialManager()
                        .getStoredCredentialsByTypeStream(type)
                        .filter(model -> !replacement.equals(id(WebAuthnCredentialModel.createFromCredentialModel(model))))
                        .toList();
                others.forEach(model -> user.credentialManager().removeStoredCredentialById(model.getId()));
            }
        }
        auth.removeAuthNote(NOTE);
    }

    private static String id(WebAuthnCredentialModel model) {
        byte[] id = Base64.getMimeDecoder().decode(model.getWebAuthnCredentialData().getCredentialId());
        return Encoding.base64url(id);
    }
}
