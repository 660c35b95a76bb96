package countersign.keycloak.stepup;

import countersign.keycloak.Refusal;
import countersign.keycloak.guest.Unanswered;
import countersign.keycloak.orchestrator.Answer;
import countersign.keycloak.orchestrator.Answer.Done;
import countersign.keycloak.orchestrator.Answer.Opened;
import countersign.keycloak.orchestrator.Answer.Refused;
import countersign.keycloak.orchestrator.Answer.Status;
import countersign.keycloak.orchestrator.Check;
import countersign.keycloak.orchestrator.Configuration;
import countersign.keycloak.orchestrator.Configurations;
import countersign.keycloak.orchestrator.Orchestrator;
import countersign.keycloak.orchestrator.Question;
import countersign.keycloak.signin.Proven;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.AuthenticationFlowError;
import org.keycloak.authentication.Authenticator;
import org.keycloak.events.Errors;
import org.keycloak.events.EventBuilder;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.services.managers.AuthenticationSessionManager;
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * <i>Biometric step-up</i>: opens a check at the orchestrator, shows where it can be done, and goes on when it matched.
 *
 * <p>What another device does only changes what the orchestrator says. The sign-in goes on by a form post of the page
 * that started the check: it alone has the secret, and only in this browser's authentication session.
 */
final class StepUp implements Authenticator {
    static final String FLOW = "step_up";

    /** Posted by the page. */
    static final String SECRET = "countersign_secret";

    static final String CANCEL = "countersign_cancel";

    /** Notes of the authentication session. */
    private static final String STEP_NOTE = "countersign.step";
    private static final String TOKEN_NOTE = "countersign.token";
    private static final String SECRET_NOTE = "countersign.secret";
    private static final String OPENED_NOTE = "countersign.opened";

    /** Every load of the page is a new check; nobody needs as many in one sign-in. */
    private static final int MOST = 10;

    private final KeycloakSession session;
    private final Steps steps;

    StepUp(KeycloakSession session) {
        this.session = session;
        this.steps = new Steps(session);
    }

    @Override
    public void authenticate(AuthenticationFlowContext context) {
        Configuration configuration = configuration(context);
        if (configuration == null) {
            return;
        }
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        // A page that is loaded again has not the secret of the one before, nor what was approved for that.
        giveUp(configuration, auth);
        int opened = Integer.parseInt(Optional.ofNullable(auth.getAuthNote(OPENED_NOTE)).orElse("0")) + 1;
        if (opened > MOST) {
            refuse(context, new Refusal("ceremony_expired", "too many checks in one sign-in"));
            return;
        }
        auth.setAuthNote(OPENED_NOTE, Integer.toString(opened));
        Check check = new Check(FLOW, rpId(context.getRealm()), context.getUser().getId(), Secret.fresh());
        Answer answer = Orchestrator.ofThisServer().answer(configuration, Question.open(check, auth.getAuthNote(Proven.RULE_NOTE)));
        if (!(answer instanceof Opened open)) {
            refuse(context, refusal(answer));
            return;
        }
        String token = Secret.fresh();
        Step step = new Step(
                Secret.fresh(),
                auth.getParentSession().getId(),
                auth.getTabId(),
                check,
                open.session(),
                open.client().isMissingNode() ? "{}" : open.client().toString(),
                Secret.number(),
                name(auth.getClient()),
                System.currentTimeMillis(),
                context.getConnection().getRemoteAddr());
        steps.open(step, token);
        auth.setAuthNote(STEP_NOTE, step.id());
        auth.setAuthNote(TOKEN_NOTE, token);
        show(context, step, false);
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        Configuration configuration = configuration(context);
        if (configuration == null) {
            return;
        }
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        MultivaluedMap<String, String> form = context.getHttpRequest().getDecodedFormParameters();
        String secret = once(form, SECRET);
        if (secret == null || !Secret.same(auth.getAuthNote(SECRET_NOTE), Secret.digest(secret))) {
            giveUp(configuration, auth);
            refuse(context, new Refusal("ceremony_unknown", "not posted by the page that started the check"));
            return;
        }
        String id = auth.getAuthNote(STEP_NOTE);
        if (form.containsKey(CANCEL) || steps.isCancelled(id)) {
            giveUp(configuration, auth);
            refuse(context, new Refusal("verdict_failed", "cancelled"));
            return;
        }
        Step step = steps.find(id).orElse(null);
        if (step == null) {
            refuse(context, new Refusal("ceremony_expired", "the check is over"));
            return;
        }
        context.getEvent().detail("countersign_session", step.session().id());
        if (!step.check().user().equals(context.getUser().getId())) {
            giveUp(configuration, auth);
            refuse(context, new Refusal("ceremony_unknown", "another user's check"));
            return;
        }
        finish(context, configuration, step);
    }

    private void finish(AuthenticationFlowContext context, Configuration configuration, Step step) {
        Answer status = status(configuration, step);
        if (status instanceof Status pending && pending.isPending()) {
            show(context, step, true);
            return;
        }
        if (!(status instanceof Status matched) || !matched.isMatched()) {
            steps.take(step.id());
            refuse(context, refusal(status));
            return;
        }
        if (steps.take(step.id()).isEmpty()) {
            refuse(context, new Refusal("ceremony_replayed", "the check was used before"));
            return;
        }
        Answer completed = Orchestrator.ofThisServer().answer(configuration, step.complete());
        if (!(completed instanceof Done)) {
            refuse(context, refusal(completed));
            return;
        }
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        String acr = Optional.ofNullable(auth.getAuthNote(Proven.ACR_NOTE)).orElse(Proven.USUAL_ACR);
        Proven.note(session, context.getRealm(), auth, context.getUser(), acr, false);
        describe(context);
        forget(auth);
        context.success();
    }

    /** What the orchestrator says now, or has said already where it says so only once. */
    private Answer status(Configuration configuration, Step step) {
        Optional<String> told = steps.seen(step.id()).filter(verdict -> verdict.equals(Follower.MATCHED_ONCE));
        if (told.isPresent()) {
            return new Status("matched", null, true);
        }
        return Orchestrator.ofThisServer().answer(configuration, step.status());
    }

    private void show(AuthenticationFlowContext context, Step step, boolean pending) {
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        String secret = Secret.fresh();
        auth.setAuthNote(SECRET_NOTE, Secret.digest(secret));
        boolean otherDevice = context.getAuthenticatorConfig() == null
                || !"false".equals(context.getAuthenticatorConfig().getConfig().get(StepUpFactory.OTHER_DEVICE));
        var page = new StepUpPage(session, step);
        var form = context.form().setAttribute("countersign", page.attributes(secret, otherDevice ? auth.getAuthNote(TOKEN_NOTE) : null));
        if (pending) {
            form.setInfo("countersignPending");
        }
        context.challenge(form.setResponseHeader("Cache-Control", "no-store").createForm("countersign-step-up.ftl"));
    }

    /** The realm's configuration, or null when the sign-in has ended for want of one. */
    private Configuration configuration(AuthenticationFlowContext context) {
        try {
            Optional<Configuration> configuration = Configurations.of(context.getRealm());
            if (configuration.filter(Configuration::loads).isPresent()) {
                return configuration.get();
            }
            refuse(context, new Refusal("orchestrator_unavailable", configuration.isPresent()
                    ? "the realm's configuration does not load" : "the realm has no configuration"));
        } catch (Unanswered e) {
            refuse(context, Refusal.of(e));
        }
        return null;
    }

    /** Ends the check of this sign-in, if there is one, here and at the orchestrator. */
    private void giveUp(Configuration configuration, AuthenticationSessionModel auth) {
        String id = auth.getAuthNote(STEP_NOTE);
        if (id != null) {
            steps.take(id).ifPresent(step -> Orchestrator.ofThisServer().ask(configuration, step.cancel()));
            forget(auth);
        }
    }

    private static void forget(AuthenticationSessionModel auth) {
        List.of(STEP_NOTE, TOKEN_NOTE, SECRET_NOTE).forEach(auth::removeAuthNote);
    }

    /** Without the authentication session a GET finds nothing to go on with: the page does not come back. */
    private void refuse(AuthenticationFlowContext context, Refusal refusal) {
        describe(context);
        EventBuilder event = context.getEvent().user(context.getUser());
        refusal.describe(event);
        event.error(Errors.ACCESS_DENIED);
        boolean unavailable = refusal.code().endsWith("_unavailable") || refusal.code().endsWith("_unanswered");
        Response page = context.form()
                .setError(message(refusal, unavailable))
                .createErrorPage(unavailable ? Response.Status.SERVICE_UNAVAILABLE : Response.Status.FORBIDDEN);
        context.failure(AuthenticationFlowError.ACCESS_DENIED, page);
        new AuthenticationSessionManager(session)
                .removeAuthenticationSession(context.getRealm(), context.getAuthenticationSession(), true);
    }

    private static String message(Refusal refusal, boolean unavailable) {
        if (unavailable) {
            return "countersignUnavailable";
        }
        return refusal.code().equals("biometric_mismatch") ? "countersignMismatch" : "countersignNotDone";
    }

    private static Refusal refusal(Answer answer) {
        if (answer instanceof Refused refused) {
            return new Refusal(refused.code(), refused.reason());
        }
        if (answer instanceof Status status && status.code() != null) {
            return new Refusal(status.code(), status.verdict());
        }
        return new Refusal("orchestrator_unavailable", "an answer to another question");
    }

    private static void describe(AuthenticationFlowContext context) {
        String rule = context.getAuthenticationSession().getAuthNote(Proven.RULE_NOTE);
        if (rule != null) {
            context.getEvent().detail("countersign_rule", rule);
        }
        context.getEvent().detail("countersign_flow", FLOW);
    }

    private String rpId(RealmModel realm) {
        String configured = realm.getWebAuthnPolicyPasswordless().getRpId();
        return configured == null || configured.isEmpty()
                ? session.getContext().getUri().getBaseUri().getHost()
                : configured;
    }

    private static String name(ClientModel client) {
        String name = client.getName();
        // A name may be a message's key, such as ${client_account}; the id says as much.
        return name == null || name.isBlank() || name.startsWith("${") ? client.getClientId() : name;
    }

    private static String once(MultivaluedMap<String, String> form, String field) {
        List<String> values = form.get(field);
        return values != null && values.size() == 1 ? values.get(0) : null;
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
