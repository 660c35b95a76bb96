package countersign.keycloak.enrol;

import com.webauthn4j.util.exception.WebAuthnException;
import countersign.keycloak.Encoding;
import countersign.keycloak.Refusal;
import countersign.keycloak.Settings;
import countersign.keycloak.signin.Decision;
import countersign.keycloak.signin.Facts;
import countersign.keycloak.stepup.Checks;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.keycloak.credential.CredentialModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.credential.WebAuthnCredentialModel;
import org.keycloak.models.credential.dto.WebAuthnCredentialData;

/**
 * A new credential at the point that all of them pass, whichever page made them: just before Keycloak stores it. Where a
 * rule wants a verdict, only {@link EnrolPasskey} brings one.
 */
public final class Enrolment {
    private static final String VERDICT = Enrolment.class.getName() + ".verdict";
    private static final String REFUSAL = Enrolment.class.getName() + ".refusal";

    private Enrolment() {}

    /** A refusal on its way through Keycloak's own code. */
    private static final class Refused extends WebAuthnException {
        Refused(Refusal refusal) {
            super(refusal.toString());
        }
    }

    /** The person was recognised, for a credential of this id (base64url). */
    static void isMatched(KeycloakSession session, Checks checks, String credentialId) {
        session.setAttribute(VERDICT, new Verdict(checks, credentialId));
    }

    private record Verdict(Checks checks, String credentialId) {}

    /** Why this request's credential was not stored; null: it was, or nobody asked. */
    static Refusal refusal(KeycloakSession session) {
        return session.getAttribute(REFUSAL, Refusal.class);
    }

    /** Throws unless the credential may be stored. */
    public static void check(KeycloakSession session, RealmModel realm, UserModel user, WebAuthnCredentialModel model) {
        refuse(session, refusal(session, realm, user, model.getWebAuthnCredentialData()));
    }

    /** It is stored: uses the verdict up. Where that fails it is taken out again, and this throws. */
    public static CredentialModel complete(KeycloakSession session, UserModel user, CredentialModel stored) {
        Verdict verdict = session.getAttribute(VERDICT, Verdict.class);
        if (verdict != null) {
            var data = WebAuthnCredentialModel.createFromCredentialModel(stored).getWebAuthnCredentialData();
            String key = Encoding.base64url(Base64.getUrlDecoder().decode(data.getCredentialPublicKey()));
            String handle = Encoding.base64url(user.getId().getBytes(StandardCharsets.UTF_8));
            Refusal refusal = verdict.checks().complete(Checks.Completion.of(id(data), key, handle));
            if (refusal != null) {
                user.credentialManager().removeStoredCredentialById(stored.getId());
            }
            refuse(session, refusal);
        }
        return stored;
    }

    private static void refuse(KeycloakSession session, Refusal refusal) {
        if (refusal != null) {
            session.setAttribute(REFUSAL, refusal);
            throw new Refused(refusal);
        }
    }

    private static Refusal refusal(
            KeycloakSession session, RealmModel realm, UserModel user, WebAuthnCredentialData data) {
        var auth = session.getContext().getAuthenticationSession();
        Verdict verdict = session.getAttribute(VERDICT, Verdict.class);
        // Without a sign-in it is no ceremony: an administrator brings credentials along, by an import or by REST.
        if (!Settings.isOn(realm) || auth == null) {
            return null;
        }
        if (verdict == null) {
            Decision decision =
                    Decision.of(realm, Decision.Occasion.REGISTRATION, Facts.of(session, realm, auth, user));
            boolean wanted = decision.refusal() == null && decision.required() != null;
            return wanted ? new Refusal("registration_unverified", "no check of this ceremony") : decision.refusal();
        }
        return id(data).equals(verdict.credentialId())
                ? null
                : new Refusal("credential_mismatch", "another credential than was posted");
    }

    private static String id(WebAuthnCredentialData data) {
        return Encoding.base64url(Base64.getMimeDecoder().decode(data.getCredentialId()));
    }
}
