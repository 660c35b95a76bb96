package countersign.keycloak.guest;

/** The core gave no answer that can be read. Whoever asked it refuses. */
public final class Unanswered extends Exception {
    public Unanswered(String reason) {
        super(reason);
    }

    public Unanswered(String reason, Throwable cause) {
        super(reason, cause);
    }
}
