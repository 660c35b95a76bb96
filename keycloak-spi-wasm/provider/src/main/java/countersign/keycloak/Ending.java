package countersign.keycloak;

import jakarta.ws.rs.core.Response;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.AuthenticationFlowError;
import org.keycloak.authentication.RequiredActionContext;
import org.keycloak.events.EventBuilder;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.services.managers.AuthenticationSessionManager;
import org.keycloak.sessions.AuthenticationSessionModel;

/** How a refused sign-in ends: with a page that says so and nothing behind it. */
public final class Ending {
    private final KeycloakSession session;

    private Ending(KeycloakSession session) {
        this.session = session;
    }

    public static Ending of(KeycloakSession session) {
        return new Ending(session);
    }

    /** A step of a flow. */
    public void end(AuthenticationFlowContext context, Refusal refusal, String error) {
        describe(context.getEvent(), context.getUser(), refusal, error);
        context.failure(AuthenticationFlowError.ACCESS_DENIED, page(context.form(), refusal));
        forget(context.getRealm(), context.getAuthenticationSession());
    }

    /** A required action. */
    public void end(RequiredActionContext context, Refusal refusal, String error) {
        describe(context.getEvent(), context.getUser(), refusal, error);
        context.challenge(page(context.form(), refusal));
        forget(context.getRealm(), context.getAuthenticationSession());
    }

    private static void describe(EventBuilder event, UserModel user, Refusal refusal, String error) {
        if (user != null) {
            event.user(user);
        }
        refusal.describe(event);
        event.error(error);
    }

    private static Response page(LoginFormsProvider form, Refusal refusal) {
        Response.Status status =
                refusal.isUnavailable() ? Response.Status.SERVICE_UNAVAILABLE : Response.Status.FORBIDDEN;
        return form.setError(refusal.message()).createErrorPage(status);
    }

    /** Without the authentication session a GET finds nothing to go on with: the page does not come back. */
    private void forget(RealmModel realm, AuthenticationSessionModel auth) {
        new AuthenticationSessionManager(session).removeAuthenticationSession(realm, auth, true);
    }
}
