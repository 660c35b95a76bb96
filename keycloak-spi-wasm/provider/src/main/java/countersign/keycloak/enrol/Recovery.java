package countersign.keycloak.enrol;

import countersign.keycloak.Ending;
import countersign.keycloak.Refusal;
import countersign.keycloak.stepup.Checks;
import java.util.Map;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.Authenticator;
import org.keycloak.events.Errors;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * <i>Recovery with biometrics</i>, in a flow that resets credentials, after it is known who it is about: the person has to
 * be recognised, and then enrols a replacement.
 */
final class Recovery implements Authenticator {
    private static final String FLOW = "recovery";

    private final KeycloakSession session;

    Recovery(KeycloakSession session) {
        this.session = session;
    }

    @Override
    public void authenticate(AuthenticationFlowContext context) {
        if (context.getUser() == null) {
            end(context, new Refusal("user_unknown", "nobody is known by this name"));
            return;
        }
        // Keycloak would leave out what it does not know, and let in whoever was to enrol.
        var enrolment = context.getRealm().getRequiredActionProviderByAlias(EnrolPasskeyFactory.ID);
        if (enrolment == null || !enrolment.isEnabled()) {
            end(context, new Refusal("verdict_failed", "the realm has no required action for the replacement"));
            return;
        }
        Checks checks = checks(context);
        if (checks == null) {
            return;
        }
        String rpId = Checks.rpId(session, context.getRealm().getWebAuthnPolicyPasswordless());
        Refusal refusal = checks.open(Checks.about(FLOW, rpId, context.getUser()), null);
        if (refusal == null) {
            context.challenge(checks.page(context.form(), false, true, Map.of()));
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
            context.challenge(checks.page(context.form(), true, true, Map.of()));
            return;
        }
        refusal = refusal == null ? checks.exchange() : refusal;
        if (refusal != null) {
            end(context, refusal);
            return;
        }
        var config = context.getAuthenticatorConfig();
        boolean keeps = config != null && "false".equals(config.getConfig().get(RecoveryFactory.REVOKE));
        Recovered.begin(context.getAuthenticationSession(), !keeps);
        context.getEvent().detail("countersign_flow", FLOW);
        context.success();
    }

    /** Null when the recovery has ended for want of a configuration. */
    private Checks checks(AuthenticationFlowContext context) {
        try {
            return Checks.of(session, context.getRealm(), context.getAuthenticationSession());
        } catch (Checks.Stopped e) {
            end(context, e.refusal());
            return null;
        }
    }

    private void end(AuthenticationFlowContext context, Refusal refusal) {
        context.getEvent().detail("countersign_flow", FLOW);
        Ending.of(session).end(context, refusal, Errors.ACCESS_DENIED);
    }

    /** Who cannot be found is refused here, on our page. */
    @Override
    public boolean requiresUser() {
        return false;
    }

    @Override
    public boolean configuredFor(KeycloakSession session, RealmModel realm, UserModel user) {
        return true;
    }

    @Override
    public void setRequiredActions(KeycloakSession session, RealmModel realm, UserModel user) {}

    @Override
    public void close() {}
}
