package countersign.keycloak.stepup;

import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.orchestrator.Configurations;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.keycloak.Config;
import org.keycloak.authentication.AuthenticatorFactory;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ServerInfoAwareProviderFactory;

/** Offers a {@link CheckAuthenticator} to flows, with one setting. */
public abstract class CheckAuthenticatorFactory implements AuthenticatorFactory, ServerInfoAwareProviderFactory {
    private final String id;
    private final String name;
    private final String help;
    private final ProviderConfigProperty setting;

    protected CheckAuthenticatorFactory(String id, String name, String help, ProviderConfigProperty setting) {
        this.id = id;
        this.name = name;
        this.help = help;
        this.setting = setting;
    }

    /** On unless it is turned off. */
    protected static ProviderConfigProperty isOn(String key, String label, String help) {
        return new ProviderConfigProperty(key, label, help, ProviderConfigProperty.BOOLEAN_TYPE, Boolean.TRUE);
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
        return id;
    }

    @Override
    public String getDisplayType() {
        return name;
    }

    @Override
    public String getReferenceCategory() {
        return id;
    }

    @Override
    public String getHelpText() {
        return help;
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
        return List.of(setting);
    }

    @Override
    public Map<String, String> getOperationalInfo() {
        var info = new LinkedHashMap<>(GuestModule.loaded().operationalInfo());
        info.putAll(Configurations.operationalInfo());
        return info;
    }
}
