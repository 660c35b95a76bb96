package countersign.keycloak.webauthn;

import countersign.keycloak.Ending;
import countersign.keycloak.Refusal;
import countersign.keycloak.signin.Proven;
import countersign.keycloak.stepup.Checks;
import java.util.Set;
import org.keycloak.WebAuthnConstants;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.FlowStatus;
import org.keycloak.events.Errors;
import org.keycloak.models.KeycloakSession;
import org.keycloak.services.messages.Messages;
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * What our authenticators add to Keycloak's: the form is looked at as it was posted, an assertion for which a rule wants
 * a verdict waits for it on a page of its own, and a refusal ends the sign-in.
 */
final class Gate {
    /** What the browser reported, and not what it proved: trying again is for the person to choose. */
    private static final Set<String> NOT_A_REFUSAL = Set.of(Messages.WEBAUTHN_ERROR_API_GET);

    /** A digest of the assertion that waits: no other goes on in its place. */
    private static final String HELD_NOTE = "countersign.held";

    private final KeycloakSession session;

    Gate(KeycloakSession session) {
        this.session = session;
    }

    /** The page is shown, for the first time or anew: what waited was the page's before this one. */
    void begins(AuthenticationFlowContext context) {
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        if (auth.getAuthNote(HELD_NOTE) != null) {
            auth.removeAuthNote(HELD_NOTE);
            try {
                Checks.of(session, context.getRealm(), auth).giveUp();
            } catch (Checks.Stopped e) {
                // Without a configuration there is nobody to tell.
            }
        }
    }

    /** Looks at the form before Keycloak does; says whether Keycloak may. */
    boolean lets(AuthenticationFlowContext context) {
        Assertion.demand(session);
        var posted = new Posted(context.getHttpRequest());
        Refusal fault = posted.fault();
        if (fault == null && context.getAuthenticationSession().getAuthNote(HELD_NOTE) != null) {
            return letsHeld(context, posted);
        }
        if (fault != null) {
            end(context, fault);
        }
        return fault == null;
    }

    /** The page of the check was posted: the same assertion, by the same page. */
    private boolean letsHeld(AuthenticationFlowContext context, Posted posted) {
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        try {
            var checks = Checks.of(session, context.getRealm(), auth);
            String user = checks.check().map(check -> check.user()).orElse("");
            Refusal refusal = checks.posted(context.getHttpRequest().getDecodedFormParameters(), user);
            if (refusal == null && !posted.digest().equals(auth.getAuthNote(HELD_NOTE))) {
                checks.giveUp();
                refusal = new Refusal("malformed_request", "another assertion than the one that waits");
            }
            if (refusal != null) {
                end(context, refusal);
            }
            return refusal == null;
        } catch (Checks.Stopped e) {
            end(context, e.refusal());
            return false;
        }
    }

    /** Handles an error that Keycloak found, or that the core did; says whether it did. */
    boolean handles(AuthenticationFlowContext context, String errorCase) {
        Refusal refusal = Refused.of(session);
        if (refusal == null && NOT_A_REFUSAL.contains(errorCase)) {
            return false;
        }
        Wanted wanted = Wanted.of(session);
        if (refusal != null && wanted != null) {
            hold(context, wanted, refusal);
        } else {
            end(context, refusal == null ? new Refusal("credential_mismatch", errorCase) : refusal);
        }
        return true;
    }

    /** Keeps the assertion waiting: its challenge stays, a check about it is opened, or goes on. */
    private void hold(AuthenticationFlowContext context, Wanted wanted, Refusal refusal) {
        AuthenticationSessionModel auth = context.getAuthenticationSession();
        auth.setAuthNote(WebAuthnConstants.AUTH_CHALLENGE_NOTE, wanted.check().challenge());
        var posted = new Posted(context.getHttpRequest());
        try {
            var checks = Checks.of(session, context.getRealm(), auth);
            boolean pending = refusal.code().equals(Checks.PENDING);
            if (!pending) {
                auth.setAuthNote(HELD_NOTE, posted.digest());
                Refusal unopened = checks.open(wanted.check(), wanted.rule().id());
                if (unopened != null) {
                    end(context, unopened);
                    return;
                }
            }
            context.challenge(checks.page(context.form(), pending, true, posted.fields()));
        } catch (Checks.Stopped e) {
            end(context, e.refusal());
        }
    }

    /** Notes what was proven, once Keycloak has let the assertion pass. */
    void after(AuthenticationFlowContext context) {
        Wanted fulfilled = Wanted.fulfilled(session);
        if (context.getStatus() == FlowStatus.SUCCESS && fulfilled != null) {
            AuthenticationSessionModel auth = context.getAuthenticationSession();
            auth.removeAuthNote(HELD_NOTE);
            Proven.note(session, context.getRealm(), auth, context.getUser(), fulfilled.rule().acr(), true);
        }
    }

    private void end(AuthenticationFlowContext context, Refusal refusal) {
        Ending.of(session).end(context, refusal, Errors.INVALID_USER_CREDENTIALS);
    }
}
