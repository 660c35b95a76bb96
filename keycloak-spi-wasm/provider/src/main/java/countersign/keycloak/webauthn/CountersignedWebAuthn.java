package countersign.keycloak.webauthn;

import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.authenticators.browser.WebAuthnAuthenticator;
import org.keycloak.models.KeycloakSession;

/** <i>WebAuthn, countersigned</i>: Keycloak's page, and behind it our gate. */
final class CountersignedWebAuthn extends WebAuthnAuthenticator {
    private final Gate gate;

    CountersignedWebAuthn(KeycloakSession session) {
        super(session);
        this.gate = new Gate(session);
    }

    @Override
    public void authenticate(AuthenticationFlowContext context) {
        gate.begins(context);
        super.authenticate(context);
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        if (gate.lets(context)) {
            super.action(context);
            gate.after(context);
        }
    }

    @Override
    protected void setErrorResponse(AuthenticationFlowContext context, String errorCase, String errorMessage) {
        if (!gate.handles(context, errorCase)) {
            super.setErrorResponse(context, errorCase, errorMessage);
        }
    }
}
