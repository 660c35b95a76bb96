package countersign.keycloak.enrol;

import com.webauthn4j.verifier.attestation.trustworthiness.certpath.CertPathTrustworthinessVerifier;
import countersign.keycloak.Ending;
import countersign.keycloak.Refusal;
import countersign.keycloak.orchestrator.Check;
import countersign.keycloak.signin.Decision;
import countersign.keycloak.signin.Facts;
import countersign.keycloak.signin.Proven;
import countersign.keycloak.stepup.Checks;
import org.keycloak.WebAuthnConstants;
import org.keycloak.authentication.RequiredActionContext;
import org.keycloak.authentication.authenticators.util.AcrStore;
import org.keycloak.authentication.requiredactions.WebAuthnPasswordlessRegister;
import org.keycloak.events.Errors;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RequiredActionConfigModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * <i>Enrol biometric passkey</i>: Keycloak's registration of a passkey, which waits for the person to be recognised before
 * it is stored. After a recovery, the recovery's own check is what it waits for.
 */
final class EnrolPasskey extends WebAuthnPasswordlessRegister {
    private static final String HELD_NOTE = "countersign.held";
    private static final Refusal NOT_THIS = new Refusal("ceremony_unknown", "no check of this ceremony");

    private final KeycloakSession session;

    EnrolPasskey(KeycloakSession session, CertPathTrustworthinessVerifier verifier) {
        super(session, verifier);
        this.session = session;
    }

    @Override
    public void requiredActionChallenge(RequiredActionContext context) {
        context.getAuthenticationSession().removeAuthNote(HELD_NOTE);
        int wanted = level(context);
        var reached = new AcrStore(session, context.getAuthenticationSession());
        if (reached.getLevelOfAuthenticationFromCurrentAuthentication() < wanted) {
            end(context, new Refusal("step_up_required", "enrolling takes a higher level of authentication"));
            return;
        }
        super.requiredActionChallenge(context);
    }

    private static int level(RequiredActionContext context) {
        RequiredActionConfigModel config = context.getConfig();
        String level = config == null ? null : config.getConfigValue(EnrolPasskeyFactory.LEVEL);
        try {
            return level == null || level.isBlank() ? Integer.MIN_VALUE : Integer.parseInt(level.trim());
        } catch (NumberFormatException e) {
            return Integer.MAX_VALUE;
        }
    }

    @Override
    public void processAction(RequiredActionContext context) {
        var posted = new Attestation(context.getHttpRequest().getDecodedFormParameters());
        if (!posted.isThere()) {
            // The browser reports an error, or the person wants to try again.
            super.processAction(context);
            return;
        }
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        try {
            String held = auth.getAuthNote(HELD_NOTE);
            Refusal refusal = held == null ? first(context, posted) : again(context, posted, held);
            if (refusal != null) {
                end(context, refusal);
            }
        } catch (Checks.Stopped e) {
            end(context, e.refusal());
        }
    }

    /** Keycloak's own page was posted. */
    private Refusal first(RequiredActionContext context, Attestation posted) throws Checks.Stopped {
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        var policy = getWebAuthnPolicy(context);
        String rpId = Checks.rpId(session, policy);
        String challenge = auth.getAuthNote(WebAuthnConstants.AUTH_CHALLENGE_NOTE);
        Refusal refusal = posted.check(session, policy, rpId, challenge);
        if (refusal != null) {
            return refusal;
        }
        var checks = Checks.of(session, context.getRealm(), auth);
        if (Recovered.isUnderWay(auth)) {
            refusal = isAbout(checks, "recovery") ? checks.status() : NOT_THIS;
            return refusal == null ? store(context, checks, posted) : refusal;
        }
        Decision decision = Decision.of(
                context.getRealm(),
                Decision.Occasion.REGISTRATION,
                Facts.of(session, context.getRealm(), auth, context.getUser()));
        decision.describe(context.getEvent());
        if (decision.refusal() != null) {
            return decision.refusal();
        }
        if (decision.required() == null) {
            super.processAction(context);
            return null;
        }
        auth.setAuthNote(HELD_NOTE, posted.digest());
        auth.setAuthNote(Proven.ACR_NOTE, decision.required().acr());
        var check = new Check("registration", rpId, context.getUser().getId(), challenge);
        refusal = checks.open(check, decision.required().id());
        if (refusal == null) {
            context.challenge(checks.page(context.form(), false, true, posted.fields()));
        }
        return refusal;
    }

    /** The page of the check was posted: the same credential, by the same page. */
    private Refusal again(RequiredActionContext context, Attestation posted, String held) throws Checks.Stopped {
        var checks = Checks.of(session, context.getRealm(), context.getAuthenticationSession());
        checks.sessionId().ifPresent(id -> context.getEvent().detail("countersign_session", id));
        Refusal refusal = checks.posted(context.getHttpRequest().getDecodedFormParameters(), context.getUser().getId());
        if (refusal == null && !posted.digest().equals(held)) {
            checks.giveUp();
            refusal = new Refusal("malformed_request", "another credential than the one that waits");
        }
        refusal = refusal == null && !isAbout(checks, "registration") ? NOT_THIS : refusal;
        refusal = refusal == null ? checks.status() : refusal;
        if (refusal != null && refusal.code().equals(Checks.PENDING)) {
            context.challenge(checks.page(context.form(), true, true, posted.fields()));
            return null;
        }
        return refusal == null ? store(context, checks, posted) : refusal;
    }

    private static boolean isAbout(Checks checks, String flow) {
        return checks.check().filter(check -> check.flow().equals(flow)).isPresent();
    }

    /** Keycloak verifies and stores it; then the verdict is used up, or it is taken out again ({@link Enrolment}). */
    private Refusal store(RequiredActionContext context, Checks checks, Attestation posted) {
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        auth.removeAuthNote(HELD_NOTE);
        Enrolment.isMatched(session, checks, posted.credentialId());
        super.processAction(context);
        Refusal refusal = Enrolment.refusal(session);
        if (refusal == null && context.getStatus() == RequiredActionContext.Status.SUCCESS) {
            String acr = auth.getAuthNote(Proven.ACR_NOTE);
            Proven.note(
                    session, context.getRealm(), auth, context.getUser(), acr == null ? Proven.USUAL_ACR : acr, true);
            Recovered.finish(session, context.getUser(), auth, posted.credentialId());
        }
        return refusal;
    }

    /** What an application asked for ends there; what a sign-in asked for ends the sign-in. */
    private void end(RequiredActionContext context, Refusal refusal) {
        Ending.of(session).end(context, refusal, Errors.INVALID_USER_CREDENTIALS);
    }
}
