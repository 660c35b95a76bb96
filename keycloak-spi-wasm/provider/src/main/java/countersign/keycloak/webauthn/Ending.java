package countersign.keycloak.webauthn;

import countersign.keycloak.Refusal;
import jakarta.ws.rs.core.Response;
import java.util.Set;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.AuthenticationFlowError;
import org.keycloak.events.Errors;
import org.keycloak.events.EventBuilder;
import org.keycloak.models.KeycloakSession;
import org.keycloak.services.managers.AuthenticationSessionManager;
import org.keycloak.services.messages.Messages;

/** How a refused sign-in ends: with a page that says so and nothing behind it. */
final class Ending {
    /** What the browser reported, and not what it proved: trying again is for the person to choose. */
    private static final Set<String> NOT_A_REFUSAL = Set.of(Messages.WEBAUTHN_ERROR_API_GET);

    private final KeycloakSession session;

    Ending(KeycloakSession session) {
        this.session = session;
    }

    /** Ends the sign-in when the form is not one that a browser posts; says whether it did. */
    boolean endsFor(AuthenticationFlowContext context) {
        Assertion.demand(session);
        Refusal fault = new Posted(context.getHttpRequest()).fault();
        if (fault != null) {
            end(context, fault);
        }
        return fault != null;
    }

    /** Ends the sign-in for an error that Keycloak found, or that the core did; says whether it was one to end for. */
    boolean endsFor(AuthenticationFlowContext context, String errorCase) {
        Refusal refusal = Refused.of(session);
        if (refusal == null && NOT_A_REFUSAL.contains(errorCase)) {
            return false;
        }
        end(context, refusal == null ? new Refusal("credential_mismatch", errorCase) : refusal);
        return true;
    }

    /** Without the authentication session a GET finds nothing to go on with: the page does not come back. */
    private void end(AuthenticationFlowContext context, Refusal refusal) {
        EventBuilder event = context.getEvent();
        if (context.getUser() != null) {
            event.user(context.getUser());
        }
        refusal.describe(event);
        event.error(Errors.INVALID_USER_CREDENTIALS);
        Response page = context.form().setError("countersignRefused").createErrorPage(Response.Status.FORBIDDEN);
        context.failure(AuthenticationFlowError.ACCESS_DENIED, page);
        new AuthenticationSessionManager(session)
                .removeAuthenticationSession(context.getRealm(), context.getAuthenticationSession(), true);
    }
}
