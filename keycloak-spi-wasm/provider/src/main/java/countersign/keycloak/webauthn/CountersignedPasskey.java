package countersign.keycloak.webauthn;

import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.authenticators.browser.WebAuthnPasswordlessAuthenticator;
import org.keycloak.models.KeycloakSession;

/** <i>Passkey, countersigned</i>: Keycloak's page, and in addition what only the page's own form shows, and an end that is one. */
final class CountersignedPasskey extends WebAuthnPasswordlessAuthenticator {
    private final Ending ending;

    CountersignedPasskey(KeycloakSession session) {
        super(session);
        this.ending = new Ending(session);
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        if (!ending.endsFor(context)) {
            super.action(context);
        }
    }

    @Override
    protected void setErrorResponse(AuthenticationFlowContext context, String errorCase, String errorMessage) {
        if (!ending.endsFor(context, errorCase)) {
            super.setErrorResponse(context, errorCase, errorMessage);
        }
    }
}
