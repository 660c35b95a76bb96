package countersign.keycloak.stepup;

import org.keycloak.authentication.Authenticator;
import org.keycloak.models.KeycloakSession;

/** Offers <i>Biometric step-up</i> to flows. */
public final class StepUpFactory extends CheckAuthenticatorFactory {
    public static final String ID = "countersign-step-up";

    /** Whether another device may do the check. */
    static final String OTHER_DEVICE = "other_device";

    public StepUpFactory() {
        super(
                ID,
                "Biometric step-up",
                "A live biometric check of the person who is signing in, on this device or on a phone. Anything but a match ends the sign-in.",
                isOn(
                        OTHER_DEVICE,
                        "Another device may do it",
                        "Show a QR code and a number, by which a phone can do the check. When off, only the device that signs in can."));
    }

    @Override
    public Authenticator create(KeycloakSession session) {
        return new StepUp(session);
    }
}
