package countersign.keycloak.stepup;

import countersign.keycloak.Refusal;
import countersign.keycloak.signin.Proven;
import java.util.Optional;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.sessions.AuthenticationSessionModel;

/** <i>Biometric step-up</i>, in the middle of a sign-in. */
final class StepUp extends CheckAuthenticator {
    StepUp(KeycloakSession session) {
        super(session, "step_up");
    }

    @Override
    protected Refusal unready(AuthenticationFlowContext context) {
        return null;
    }

    @Override
    protected String rule(AuthenticationFlowContext context) {
        return context.getAuthenticationSession().getAuthNote(Proven.RULE_NOTE);
    }

    @Override
    protected boolean otherDevice(AuthenticationFlowContext context) {
        return isOn(context, StepUpFactory.OTHER_DEVICE);
    }

    @Override
    protected Refusal use(Checks checks) {
        return checks.complete(Checks.Completion.SIGN_IN);
    }

    @Override
    protected void matched(AuthenticationFlowContext context) {
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        String acr = Optional.ofNullable(auth.getAuthNote(Proven.ACR_NOTE)).orElse(Proven.USUAL_ACR);
        Proven.note(session, context.getRealm(), auth, context.getUser(), acr, false);
    }

    @Override
    public boolean requiresUser() {
        return true;
    }
}
