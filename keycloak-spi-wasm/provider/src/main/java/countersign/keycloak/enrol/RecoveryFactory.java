package countersign.keycloak.enrol;

import countersign.keycloak.stepup.CheckAuthenticatorFactory;
import org.keycloak.authentication.Authenticator;
import org.keycloak.models.KeycloakSession;

/** Offers <i>Recovery with biometrics</i> to flows that reset credentials. */
public final class RecoveryFactory extends CheckAuthenticatorFactory {
    public static final String ID = "countersign-recovery";

    /** Whether the passkeys that the user had go when the replacement is stored. */
    static final String REVOKE = "revoke";

    public RecoveryFactory() {
        super(
                ID,
                "Recovery with biometrics",
                "A live biometric check of the person whose credentials are reset, and then a new passkey. Anything but a match ends it.",
                isOn(
                        REVOKE,
                        "Revoke the other passkeys",
                        "When the replacement is stored, remove every other passkey and security key of the user: what was lost is good for nothing."));
    }

    @Override
    public Authenticator create(KeycloakSession session) {
        return new Recovery(session);
    }
}
