package countersign.keycloak.stepup;

import countersign.keycloak.Ending;
import countersign.keycloak.Refusal;
import java.util.Map;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.Authenticator;
import org.keycloak.events.Errors;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * A step of a flow that waits for a biometric check of its own: opens it, shows its page until it is finished, and goes
 * on when the person was recognised. Anything else ends the flow.
 */
public abstract class CheckAuthenticator implements Authenticator {
    protected final KeycloakSession session;
    private final String flow;

    /** The flow by the contract's name. */
    protected CheckAuthenticator(KeycloakSession session, String flow) {
        this.session = session;
        this.flow = flow;
    }

    /** Why no check is opened; null: one is. */
    protected abstract Refusal unready(AuthenticationFlowContext context);

    /** The rule that wanted the check; null: none did. */
    protected abstract String rule(AuthenticationFlowContext context);

    /** Whether another device may do it. */
    protected abstract boolean otherDevice(AuthenticationFlowContext context);

    /** The person was recognised: uses the check up. Null when that worked. */
    protected abstract Refusal use(Checks checks);

    /** What goes on from here. */
    protected abstract void matched(AuthenticationFlowContext context);

    @Override
    public void authenticate(AuthenticationFlowContext context) {
        Refusal unready = unready(context);
        if (unready != null) {
            end(context, unready);
            return;
        }
        try {
            Checks checks = checks(context);
            String rpId = Checks.rpId(session, context.getRealm().getWebAuthnPolicyPasswordless());
            Refusal refusal = checks.open(Checks.about(flow, rpId, context.getUser()), rule(context));
            if (refusal == null) {
                show(context, checks, false);
            } else {
                end(context, refusal);
            }
        } catch (Checks.Stopped e) {
            end(context, e.refusal());
        }
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        try {
            Checks checks = checks(context);
            checks.sessionId().ifPresent(id -> context.getEvent().detail("countersign_session", id));
            Refusal refusal = checks.posted(context.getHttpRequest().getDecodedFormParameters(), context.getUser().getId());
            refusal = refusal == null ? checks.status() : refusal;
            if (refusal != null && refusal.code().equals(Checks.PENDING)) {
                show(context, checks, true);
                return;
            }
            refusal = refusal == null ? use(checks) : refusal;
            if (refusal != null) {
                end(context, refusal);
                return;
            }
            matched(context);
            describe(context);
            context.success();
        } catch (Checks.Stopped e) {
            end(context, e.refusal());
        }
    }

    private Checks checks(AuthenticationFlowContext context) throws Checks.Stopped {
        return Checks.of(session, context.getRealm(), context.getAuthenticationSession());
    }

    private void show(AuthenticationFlowContext context, Checks checks, boolean pending) {
        context.challenge(checks.page(context.form(), pending, otherDevice(context), Map.of()));
    }

    private void end(AuthenticationFlowContext context, Refusal refusal) {
        describe(context);
        Ending.of(session).end(context, refusal, Errors.ACCESS_DENIED);
    }

    private void describe(AuthenticationFlowContext context) {
        String rule = rule(context);
        if (rule != null) {
            context.getEvent().detail("countersign_rule", rule);
        }
        context.getEvent().detail("countersign_flow", flow);
    }

    /** Whether an administrator's switch is on; on unless it was turned off. */
    protected static boolean isOn(AuthenticationFlowContext context, String setting) {
        var config = context.getAuthenticatorConfig();
        return config == null || !"false".equals(config.getConfig().get(setting));
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
