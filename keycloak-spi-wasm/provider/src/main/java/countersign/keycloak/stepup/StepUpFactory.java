package countersign.keycloak.stepup;

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

/** Offers <i>Biometric step-up</i> to flows. */
public final class StepUpFactory implements AuthenticatorFactory, ServerInfoAwareProviderFactory {
    public static final String ID = "countersign-step-up";

    /** Whether another device may do the check. */
    static final String OTHER_DEVICE = "other_device";

    @Override
    public Authenticator create(KeycloakSession session) {
        return new StepUp(session);
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
        return "Biometric step-up";
    }

    @Override
    public String getReferenceCategory() {
        return ID;
    }

    @Override
    public String getHelpText() {
        return "A live biometric check of the person who is signing in, on this device or on a phone. Anything but a match ends the sign-in.";
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
                OTHER_DEVICE,
                "Another device may do it",
                "Show a QR code and a number, by which a phone can do the check. When off, only the device that signs in can.",
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
