package countersign.keycloak.webauthn;

import countersign.keycloak.guest.GuestModule;
import java.util.Map;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.authenticators.browser.WebAuthnPasswordlessAuthenticatorFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/** Offers <i>Passkey, countersigned</i> to flows. */
public final class CountersignedPasskeyFactory extends WebAuthnPasswordlessAuthenticatorFactory implements ServerInfoAwareProviderFactory {
    public static final String ID = "countersign-passkey";

    @Override
    public Authenticator create(KeycloakSession session) {
        return new CountersignedPasskey(session);
    }

    @Override
    public void postInit(KeycloakSessionFactory factory) {
        GuestModule.loaded();
    }

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayType() {
        return "Passkey, countersigned";
    }

    @Override
    public String getHelpText() {
        return "A passkey as the only step, checked by Countersign first; a refused sign-in ends.";
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        return GuestModule.loaded().operationalInfo();
    }
}
