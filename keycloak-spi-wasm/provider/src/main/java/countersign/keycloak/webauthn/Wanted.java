package countersign.keycloak.webauthn;

import countersign.keycloak.orchestrator.Check;
import countersign.keycloak.signin.Decision;
import org.keycloak.models.KeycloakSession;

/** The verdict that a rule wants beside an assertion, as this request found. */
record Wanted(Decision.Rule rule, Check check) {
    private static final String WANTED = Wanted.class.getName();
    private static final String FULFILLED = WANTED + ".fulfilled";

    /** It is not there. */
    void note(KeycloakSession session) {
        session.setAttribute(WANTED, this);
    }

    /** It was, and is used up. */
    void noteFulfilled(KeycloakSession session) {
        session.setAttribute(FULFILLED, this);
    }

    static Wanted of(KeycloakSession session) {
        return session.getAttribute(WANTED, Wanted.class);
    }

    static Wanted fulfilled(KeycloakSession session) {
        return session.getAttribute(FULFILLED, Wanted.class);
    }
}
