package countersign.keycloak;

import jakarta.ws.rs.core.Response;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.AuthenticationFlowError;
import org.keycloak.events.EventBuilder;
import org.keycloak.models.KeycloakSession;
import org.keycloak.services.managers.AuthenticationSessionManager;

/** How a refused sign-in ends: with a page that says so and nothing behind it. */
public final class Ending {
    private final KeycloakSession session;

    private Ending(KeycloakSession session) {
        this.session = session;
    }

    public static Ending of(KeycloakSession session) {
        return new Ending(session);
    }

    /** Without the authentication session a GET finds nothing to go on with: the page does not come back. */
    public void end(AuthenticationFlowContext context, Refusal refusal, String error) {
        EventBuilder event = context.getEvent();
        if (context.getUser() != null) {
            event.user(context.getUser());
        }
        refusal.describe(event);
        event.error(error);
        Response.Status status =
                refusal.isUnavailable() ? Response.Status.SERVICE_UNAVAILABLE : Response.Status.FORBIDDEN;
        context.failure(
                AuthenticationFlowError.ACCESS_DENIED, context.form().setError(refusal.message()).createErrorPage(status));
        new AuthenticationSessionManager(session)
                .removeAuthenticationSession(context.getRealm(), context.getAuthenticationSession(), true);
    }
}
