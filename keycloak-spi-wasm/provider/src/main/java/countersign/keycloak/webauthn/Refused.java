package countersign.keycloak.webauthn;

import com.webauthn4j.util.exception.WebAuthnException;
import countersign.keycloak.Refusal;
import org.keycloak.models.KeycloakSession;

/**
 * A refusal on its way through Keycloak's own code, which turns this exception, and no other, into a failed login with
 * an event that tells the message.
 */
final class Refused extends WebAuthnException {
    private static final String ATTRIBUTE = Refused.class.getName();

    Refused(KeycloakSession session, Refusal refusal) {
        super(refusal.toString());
        session.setAttribute(ATTRIBUTE, refusal);
    }

    /** The refusal of this request, if there was one. */
    static Refusal of(KeycloakSession session) {
        return session.getAttribute(ATTRIBUTE, Refusal.class);
    }
}
