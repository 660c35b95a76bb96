package countersign.keycloak.stepup;

import countersign.keycloak.Encoding;
import java.util.Map;
import java.util.Optional;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.SingleUseObjectProvider;

/**
 * The steps under way, where every node of a cluster sees them.
 *
 * <p>Of the store's operations only {@code remove} and {@code putIfAbsent} act at once and are atomic: whoever must be
 * the only one uses these. {@code put} is written when the transaction ends. {@code replace} is not used: it forgets how
 * long a thing lives.
 */
final class Steps {
    /** How long a step can be done, in seconds. */
    static final int LIFE = 300;

    private static final String STEP = "countersign.step.";
    private static final String TOKEN = "countersign.token.";
    private static final String PHONE = "countersign.phone.";
    private static final String SEEN = "countersign.seen.";
    private static final String CANCELLED = "countersign.cancelled.";
    private static final String ASKED = "countersign.asked.";

    private final SingleUseObjectProvider store;

    Steps(KeycloakSession session) {
        this.store = session.singleUseObjects();
    }

    /** Keeps a step, and the token by which a phone can take it over once. */
    void open(Step step, String token) {
        store.put(STEP + step.id(), LIFE, step.notes());
        store.put(TOKEN + Encoding.digest(token), LIFE, Map.of("step", step.id()));
    }

    Optional<Step> find(String id) {
        return Optional.ofNullable(store.get(STEP + id)).map(notes -> Step.of(id, notes));
    }

    /** Ends a step. Of all who try, one gets it. */
    Optional<Step> take(String id) {
        return Optional.ofNullable(store.remove(STEP + id)).map(notes -> Step.of(id, notes));
    }

    /** Spends a phone's token; of all who try, one gets the step. */
    Optional<Step> spend(String token) {
        return Optional.ofNullable(store.remove(TOKEN + Encoding.digest(token))).flatMap(notes -> find(notes.get("step")));
    }

    /** The phone that spent the token has said the number. */
    void openedOnPhone(String token, Step step) {
        store.put(PHONE + Encoding.digest(token), LIFE, Map.of("step", step.id()));
    }

    /** The step of the phone that has said the number. */
    Optional<Step> onPhone(String token) {
        return Optional.ofNullable(store.get(PHONE + Encoding.digest(token))).flatMap(notes -> find(notes.get("step")));
    }

    /** What the orchestrator last said, when it was final. Only a status line; what counts is asked for again. */
    void saw(String id, String verdict) {
        store.put(SEEN + id, LIFE, Map.of("verdict", verdict));
    }

    Optional<String> seen(String id) {
        return Optional.ofNullable(store.get(SEEN + id)).map(notes -> notes.get("verdict"));
    }

    /** Nothing undoes it. */
    void cancel(String id) {
        store.putIfAbsent(CANCELLED + id, LIFE);
    }

    boolean isCancelled(String id) {
        return store.contains(CANCELLED + id);
    }

    /** Whether the orchestrator may be asked now: once a second, by all nodes together. */
    boolean mayAsk(String id) {
        return store.putIfAbsent(ASKED + id, 1);
    }
}
