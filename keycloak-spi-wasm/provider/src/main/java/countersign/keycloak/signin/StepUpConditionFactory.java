package countersign.keycloak.signin;

import java.util.List;
import org.keycloak.Config;
import org.keycloak.authentication.authenticators.conditional.ConditionalAuthenticator;
import org.keycloak.authentication.authenticators.conditional.ConditionalAuthenticatorFactory;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.provider.ProviderConfigProperty;

/** <em>Condition: step-up required.</em> It has no settings: the rules are the realm's. */
public final class StepUpConditionFactory implements ConditionalAuthenticatorFactory {
    public static final String ID = "countersign-condition";

    @Override
    public ConditionalAuthenticator getSingleton() {
        return StepUpCondition.ONLY;
    }

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayType() {
        return "Condition: step-up required";
    }

    @Override
    public String getReferenceCategory() {
        return "condition";
    }

    @Override
    public String getHelpText() {
        return "Runs the flow when a rule of the realm's Countersign configuration wants this sign-in stepped up.";
    }

    @Override
    public boolean isConfigurable() {
        return false;
    }

    @Override
    public Requirement[] getRequirementChoices() {
        return new Requirement[] {Requirement.REQUIRED, Requirement.DISABLED};
    }

    @Override
    public boolean isUserSetupAllowed() {
        return false;
    }

    @Override
    public List<ProviderConfigProperty> getConfigProperties() {
        return List.of();
    }

    @Override
    public void init(Config.Scope config) {
        // Nothing to set for the server.
    }

    @Override
    public void postInit(KeycloakSessionFactory factory) {
        // Nothing to wait for.
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
