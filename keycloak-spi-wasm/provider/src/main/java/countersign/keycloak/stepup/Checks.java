package countersign.keycloak.stepup;

import countersign.keycloak.Encoding;
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
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.WebAuthnPolicy;
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * The biometric check of one sign-in, from the page that shows where it can be done to its being used up.
 *
 * <p>What another device does only changes what the orchestrator says. The sign-in goes on by a form post of the page
 * that started the check: it alone has the secret, and only in this browser's authentication session. Every method that
 * gives a {@link Refusal} gives null where there is none.
 */
public final class Checks {
    /** Posted by the page. */
    static final String SECRET = "countersign_secret";

    static final String CANCEL = "countersign_cancel";

    /** The reason for somebody who has to wait, not to be sent away. */
    public static final String PENDING = "verdict_pending";

    private static final String STEP_NOTE = "countersign.step";
    private static final String TOKEN_NOTE = "countersign.token";
    private static final String SECRET_NOTE = "countersign.secret";
    private static final String OPENED_NOTE = "countersign.opened";

    /** Every load of the page is a new check; nobody needs as many in one sign-in. */
    private static final int MOST = 10;

    private final KeycloakSession session;
    private final AuthenticationSessionModel auth;
    private final Configuration configuration;
    private final Steps steps;

    private Checks(KeycloakSession session, AuthenticationSessionModel auth, Configuration configuration) {
        this.session = session;
        this.auth = auth;
        this.configuration = configuration;
        this.steps = new Steps(session);
    }

    /** Those of a sign-in. Throws a refusal where the realm's configuration gives nothing to check with. */
    public static Checks of(KeycloakSession session, RealmModel realm, AuthenticationSessionModel auth) throws Stopped {
        try {
            Optional<Configuration> configuration = Configurations.of(realm);
            if (configuration.filter(Configuration::loads).isPresent()) {
                return new Checks(session, auth, configuration.get());
            }
            throw new Stopped(new Refusal("orchestrator_unavailable", configuration.isPresent()
                    ? "the realm's configuration does not load" : "the realm has no configuration"));
        } catch (Unanswered e) {
            throw new Stopped(Refusal.of(e));
        }
    }

    /** There is nothing to go on with. */
    public static final class Stopped extends Exception {
        private final transient Refusal refusal;

        Stopped(Refusal refusal) {
            super(refusal.toString());
            this.refusal = refusal;
        }

        public Refusal refusal() {
            return refusal;
        }
    }

    /** What a check about a challenge of ours is about. */
    public static Check about(String flow, String rpId, UserModel user) {
        return new Check(flow, rpId, user.getId(), Secret.fresh());
    }

    /** The RP ID that Keycloak goes by (WebAuthnAuthenticator). */
    public static String rpId(KeycloakSession session, WebAuthnPolicy policy) {
        String configured = policy.getRpId();
        return configured == null || configured.isEmpty()
                ? session.getContext().getUri().getBaseUri().getHost()
                : configured;
    }

    /** Opens one; the one before it, if there is one, is given up: a page that is loaded again has not its secret. */
    public Refusal open(Check check, String rule) {
        giveUp();
        int opened = Integer.parseInt(Optional.ofNullable(auth.getAuthNote(OPENED_NOTE)).orElse("0")) + 1;
        if (opened > MOST) {
            return new Refusal("ceremony_expired", "too many checks in one sign-in");
        }
        auth.setAuthNote(OPENED_NOTE, Integer.toString(opened));
        Answer answer = ask(Question.open(check, rule));
        if (!(answer instanceof Opened open)) {
            return refusal(answer);
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
                session.getContext().getConnection().getRemoteAddr());
        steps.open(step, token);
        auth.setAuthNote(STEP_NOTE, step.id());
        auth.setAuthNote(TOKEN_NOTE, token);
        opened(step);
        return null;
    }

    /** {@code put} is written when the transaction ends: until then the step is here. */
    private void opened(Step step) {
        session.setAttribute(STEP_NOTE, step);
    }

    /**
     * The page that shows where it can be done.
     *
     * @param held fields that the page posts beside its own
     */
    public Response page(LoginFormsProvider form, boolean pending, boolean otherDevice, Map<String, String> held) {
        String secret = Secret.fresh();
        auth.setAuthNote(SECRET_NOTE, Encoding.digest(secret));
        Step step = step().orElseThrow();
        Map<String, Object> attributes =
                new StepUpPage(session, step).attributes(secret, otherDevice ? auth.getAuthNote(TOKEN_NOTE) : null);
        attributes.put("held", held);
        form.setAttribute("countersign", attributes);
        if (pending) {
            form.setInfo("countersignPending");
        }
        return form.setResponseHeader("Cache-Control", "no-store").createForm("countersign-step-up.ftl");
    }

    /** Whether a form was posted by the page, for this user, and nobody has given up. */
    public Refusal posted(MultivaluedMap<String, String> form, String user) {
        String secret = once(form, SECRET);
        String kept = auth.getAuthNote(SECRET_NOTE);
        if (secret == null || !Secret.same(kept, Encoding.digest(secret))) {
            giveUp();
            return new Refusal("ceremony_unknown", "not posted by the page that started the check");
        }
        String id = auth.getAuthNote(STEP_NOTE);
        if (form.containsKey(CANCEL) || id == null || steps.isCancelled(id)) {
            giveUp();
            return new Refusal("verdict_failed", "cancelled");
        }
        Step step = step().orElse(null);
        if (step == null) {
            return new Refusal("ceremony_expired", "the check is over");
        }
        if (!step.check().user().equals(user)) {
            giveUp();
            return new Refusal("ceremony_unknown", "another user's check");
        }
        return null;
    }

    /** What it is about; empty where there is none. */
    public Optional<Check> check() {
        return step().map(Step::check);
    }

    /** The orchestrator's name of it, for events. */
    public Optional<String> sessionId() {
        return step().map(step -> step.session().id());
    }

    /** Whether the person was recognised, by what the orchestrator says now, or said where it says so only once. */
    public Refusal status() {
        Step step = step().orElse(null);
        if (step == null) {
            return new Refusal("ceremony_expired", "the check is over");
        }
        Optional<String> told = steps.seen(step.id()).filter(verdict -> verdict.equals(Follower.MATCHED_ONCE));
        if (told.isPresent()) {
            return null;
        }
        Answer answer = ask(step.status());
        if (answer instanceof Status status && status.isMatched()) {
            return null;
        }
        boolean pending = answer instanceof Status status && status.isPending();
        if (!pending) {
            steps.take(step.id());
        }
        return pending ? new Refusal(PENDING, "not finished") : refusal(answer);
    }

    /** Uses it up, once; of all who try, one does. For this credential, or for the sign-in as a whole. */
    public Refusal complete(Completion completion) {
        Step step = Optional.ofNullable(auth.getAuthNote(STEP_NOTE)).flatMap(steps::take).orElse(null);
        forget();
        if (step == null) {
            return new Refusal("ceremony_replayed", "the check was used before");
        }
        Answer answer = ask(completion.question(step));
        return answer instanceof Done ? null : refusal(answer);
    }

    /** Lets a recovery go on to its replacement, once: with what the orchestrator gave for it. */
    public Refusal exchange() {
        Step step = step().orElse(null);
        String continuation = step == null ? null : step.continuation();
        if (continuation == null) {
            return new Refusal("ceremony_unknown", "nothing to go on with");
        }
        Answer answer = ask(Question.exchange(step.check(), step.session(), continuation));
        return answer instanceof Done ? null : refusal(answer);
    }

    /** What a check is used up for. */
    @FunctionalInterface
    public interface Completion {
        /** The sign-in as a whole: there is no credential, and its place takes the session. */
        Completion SIGN_IN = Step::complete;

        Question question(Step step);

        /** A credential, base64url. */
        static Completion of(String credential) {
            return step -> Question.complete(step.check(), step.session(), credential);
        }

        /** A new credential, which the orchestrator gets to know: all of it base64url. */
        static Completion of(String credential, String publicKey, String userHandle) {
            return step -> Question.complete(step.check(), step.session(), credential, publicKey, userHandle);
        }
    }

    /** Ends it, if there is one, here and at the orchestrator. */
    public void giveUp() {
        String id = auth.getAuthNote(STEP_NOTE);
        if (id != null) {
            steps.take(id).ifPresent(step -> Orchestrator.ofThisServer().ask(configuration, step.cancel()));
            forget();
        }
    }

    private Answer ask(Question question) {
        return Orchestrator.ofThisServer().answer(configuration, question);
    }

    private Optional<Step> step() {
        String id = auth.getAuthNote(STEP_NOTE);
        Step fresh = session.getAttribute(STEP_NOTE, Step.class);
        if (fresh != null && fresh.id().equals(id)) {
            return Optional.of(fresh);
        }
        return id == null ? Optional.empty() : steps.find(id);
    }

    private void forget() {
        List.of(STEP_NOTE, TOKEN_NOTE, SECRET_NOTE).forEach(auth::removeAuthNote);
        session.removeAttribute(STEP_NOTE);
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

    private static String name(ClientModel client) {
        String name = client.getName();
        // A name may be a message's key, such as ${client_account}; the id says as much.
        return name == null || name.isBlank() || name.startsWith("${") ? client.getClientId() : name;
    }

    private static String once(MultivaluedMap<String, String> form, String field) {
        List<String> values = form.get(field);
        return values != null && values.size() == 1 ? values.get(0) : null;
    }
}
