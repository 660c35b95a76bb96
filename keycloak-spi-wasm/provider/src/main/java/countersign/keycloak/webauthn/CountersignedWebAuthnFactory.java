package countersign.keycloak.webauthn;

import countersign.keycloak.guest.GuestModule;
import java.util.Map;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.authenticators.browser.WebAuthnAuthenticatorFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/** Offers <i>WebAuthn, countersigned</i> to flows. */
public final class CountersignedWebAuthnFactory extends WebAuthnAuthenticatorFactory implements ServerInfoAwareProviderFactory {
    public static final String ID = "countersign-webauthn";

    @Override
    public Authenticator create(KeycloakSession session) {
        return new CountersignedWebAuthn(session);
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
        return "WebAuthn, countersigned";
    }

    @Override
    public String getHelpText() {
        return "A security key as a second step, checked by Countersign first; a refused sign-in ends.";
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        return GuestModule.loaded().operationalInfo();
    }
}
