package countersign.keycloak.enrol;

import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.orchestrator.Configurations;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.keycloak.Config;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.AuthenticatorFactory;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/** Offers <i>Recovery with biometrics</i> to flows that reset credentials. */
public final class RecoveryFactory implements AuthenticatorFactory, ServerInfoAwareProviderFactory {
    public static final String ID = "countersign-recovery";

    /** Whether the passkeys that the user had go when the replacement is stored. */
    static final String REVOKE = "revoke";

    @Override
    public Authenticator create(KeycloakSession session) {
        return new Recovery(session);
    }

    @Override
    public void init(Config.Scope config) {}

    @Override
    public void postInit(KeycloakSessionFactory factory) {
        GuestModule.loaded();
    }

    @Override
    public void close() {}

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayType() {
        return "Recovery with biometrics";
    }

    @Override
    public String getReferenceCategory() {
        return ID;
    }

    @Override
    public String getHelpText() {
        return "A live biometric check of the person whose credentials are reset, and then a new passkey. Anything but a match ends it.";
    }

    @Override
    public Requirement[] getRequirementChoices() {
        return REQUIREMENT_CHOICES;
    }

    @Override
    public boolean isUserSetupAllowed() {
        return false;
    }

    @Override
    public boolean isConfigurable() {
        return true;
    }

    @Override
    public List<ProviderConfigProperty> getConfigProperties() {
        return List.of(new ProviderConfigProperty(
                REVOKE,
                "Revoke the other passkeys",
                "When the replacement is stored, remove every other passkey and security key of the user: what was lost is good for nothing.",
                ProviderConfigProperty.BOOLEAN_TYPE,
                Boolean.TRUE));
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        var info = new LinkedHashMap<>(GuestModule.loaded().operationalInfo());
        info.putAll(Configurations.operationalInfo());
        return info;
    }
}
