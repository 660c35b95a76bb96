package countersign.keycloak.webauthn;

import countersign.keycloak.guest.GuestModule;
import java.util.Map;
import org.keycloak.credential.CredentialProvider;
import org.keycloak.credential.WebAuthnCredentialProviderFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/**
 * Takes the place of Keycloak's own provider of this id, for all realms; whether anything is checked is each realm's to
 * say, when it comes to it. (A factory that says it is not supported would remove Keycloak's own as well.)
 */
public final class CheckedWebAuthnFactory extends WebAuthnCredentialProviderFactory implements ServerInfoAwareProviderFactory {
    private static final int BEFORE_KEYCLOAKS_OWN = 100;

    @Override
    public CredentialProvider<?> create(KeycloakSession session) {
        return new CheckedWebAuthn(session, getMetadataService(), createOrGetObjectConverter());
    }

    @Override
    public void postInit(KeycloakSessionFactory factory) {
        GuestModule.loaded();
    }

    @Override
    public int order() {
        return BEFORE_KEYCLOAKS_OWN;
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        return GuestModule.loaded().operationalInfo();
    }
}
