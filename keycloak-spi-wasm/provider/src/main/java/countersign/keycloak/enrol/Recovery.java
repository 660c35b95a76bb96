package countersign.keycloak.enrol;

import countersign.keycloak.Refusal;
import countersign.keycloak.stepup.CheckAuthenticator;
import countersign.keycloak.stepup.Checks;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.models.KeycloakSession;

/**
 * <i>Recovery with biometrics</i>, in a flow that resets credentials, after it is known who it is about: the person has to
 * be recognised, and then enrols a replacement.
 */
final class Recovery extends CheckAuthenticator {
    Recovery(KeycloakSession session) {
        super(session, "recovery");
    }

    @Override
    protected Refusal unready(AuthenticationFlowContext context) {
        if (context.getUser() == null) {
            return new Refusal("user_unknown", "nobody is known by this name");
        }
        // Keycloak would leave out what it does not know, and let in whoever was to enrol.
        var enrolment = context.getRealm().getRequiredActionProviderByAlias(EnrolPasskeyFactory.ID);
        return enrolment != null && enrolment.isEnabled()
                ? null
                : new Refusal("verdict_failed", "the realm has no required action for the replacement");
    }

    @Override
    protected String rule(AuthenticationFlowContext context) {
        return null;
    }

    @Override
    protected boolean otherDevice(AuthenticationFlowContext context) {
        return true;
    }

    @Override
    protected Refusal use(Checks checks) {
        return checks.exchange();
    }

    @Override
    protected void matched(AuthenticationFlowContext context) {
        Recovered.begin(context.getAuthenticationSession(), isOn(context, RecoveryFactory.REVOKE));
    }

    /** Who cannot be found is refused here, on our page. */
    @Override
    public boolean requiresUser() {
        return false;
    }
}
