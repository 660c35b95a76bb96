package countersign.keycloak.stepup;

import countersign.keycloak.Ending;
import countersign.keycloak.Refusal;
import countersign.keycloak.signin.Proven;
import java.util.Map;
import java.util.Optional;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.Authenticator;
import org.keycloak.events.Errors;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/** <i>Biometric step-up</i>: opens a check at the orchestrator, shows where it can be done, and goes on when it matched. */
final class StepUp implements Authenticator {
    private static final String FLOW = "step_up";

    private final KeycloakSession session;

    StepUp(KeycloakSession session) {
        this.session = session;
    }

    @Override
    public void authenticate(AuthenticationFlowContext context) {
        Checks checks = checks(context);
        if (checks == null) {
            return;
        }
        String rpId = Checks.rpId(session, context.getRealm().getWebAuthnPolicyPasswordless());
        String rule = context.getAuthenticationSession().getAuthNote(Proven.RULE_NOTE);
        Refusal refusal = checks.open(Checks.about(FLOW, rpId, context.getUser()), rule);
        if (refusal == null) {
            show(context, checks, false);
        } else {
            end(context, refusal);
        }
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        Checks checks = checks(context);
        if (checks == null) {
            return;
        }
        checks.sessionId().ifPresent(id -> context.getEvent().detail("countersign_session", id));
        Refusal refusal = checks.posted(context.getHttpRequest().getDecodedFormParameters(), context.getUser().getId());
        refusal = refusal == null ? checks.status() : refusal;
        if (refusal != null && refusal.code().equals(Checks.PENDING)) {
            show(context, checks, true);
            return;
        }
        refusal = refusal == null ? checks.complete(Checks.Completion.SIGN_IN) : refusal;
        if (refusal != null) {
            end(context, refusal);
            return;
        }
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        String acr = Optional.ofNullable(auth.getAuthNote(Proven.ACR_NOTE)).orElse(Proven.USUAL_ACR);
        Proven.note(session, context.getRealm(), auth, context.getUser(), acr, false);
        describe(context);
        context.success();
    }

    private static void show(AuthenticationFlowContext context, Checks checks, boolean pending) {
        boolean otherDevice = context.getAuthenticatorConfig() == null
                || !"false".equals(context.getAuthenticatorConfig().getConfig().get(StepUpFactory.OTHER_DEVICE));
        context.challenge(checks.page(context.form(), pending, otherDevice, Map.of()));
    }

    /** Null when the sign-in has ended for want of a configuration. */
    private Checks checks(AuthenticationFlowContext context) {
        try {
            return Checks.of(session, context.getRealm(), context.getAuthenticationSession());
        } catch (Checks.Stopped e) {
            end(context, e.refusal());
            return null;
        }
    }

    private void end(AuthenticationFlowContext context, Refusal refusal) {
        describe(context);
        Ending.of(session).end(context, refusal, Errors.ACCESS_DENIED);
    }

    private static void describe(AuthenticationFlowContext context) {
        String rule = context.getAuthenticationSession().getAuthNote(Proven.RULE_NOTE);
        if (rule != null) {
            context.getEvent().detail("countersign_rule", rule);
        }
        context.getEvent().detail("countersign_flow", FLOW);
    }

    @Override
    public boolean requiresUser() {
        return true;
    }

    /** Who has a reference at the orchestrator, only that knows: it refuses for who has none. */
    @Override
    public boolean configuredFor(KeycloakSession session, RealmModel realm, UserModel user) {
        return true;
    }

    @Override
    public void setRequiredActions(KeycloakSession session, RealmModel realm, UserModel user) {}

    @Override
    public void close() {}
}
