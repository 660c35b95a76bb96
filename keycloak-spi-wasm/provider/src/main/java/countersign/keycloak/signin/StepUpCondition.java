package countersign.keycloak.signin;

import org.jboss.logging.Logger;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.authenticators.conditional.ConditionalAuthenticator;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * Whether a rule with {@code ceremony: sign_in} wants this sign-in stepped up.
 *
 * <p>Where there is no decision, it does. A person who was seen within the rule's {@code max_age} is not asked again.
 */
final class StepUpCondition implements ConditionalAuthenticator {
    private static final Logger LOG = Logger.getLogger(StepUpCondition.class);

    static final StepUpCondition ONLY = new StepUpCondition();

    private StepUpCondition() {}

    @Override
    public boolean matchCondition(AuthenticationFlowContext context) {
        var authSession = context.getAuthenticationSession();
        var facts = Facts.of(context.getSession(), context.getRealm(), authSession, context.getUser());
        Decision decision = Decision.of(context.getRealm(), Decision.Occasion.SIGN_IN, facts);
        decision.describe(context.getEvent());
        if (decision.refusal() != null) {
            LOG.warnf("No decision on a sign-in, so it has to be stepped up: %s", decision.refusal());
            return true;
        }
        LOG.debugf("countersign: %s", decision.reason());
        if (decision.required() == null || Proven.within(context, decision.required().maxAge())) {
            return false;
        }
        authSession.setAuthNote(Proven.RULE_NOTE, decision.required().id());
        authSession.setAuthNote(Proven.ACR_NOTE, decision.required().acr());
        return true;
    }

    @Override
    public boolean requiresUser() {
        // Rules may ask who it is; where nobody has been identified, they apply.
        return false;
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        // There is no page to come back from.
    }

    @Override
    public void setRequiredActions(KeycloakSession session, RealmModel realm, UserModel user) {
        // A condition asks for nothing.
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
