package countersign.keycloak.signin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import countersign.keycloak.Refusal;
import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.guest.Unanswered;
import countersign.keycloak.orchestrator.Configuration;
import countersign.keycloak.orchestrator.Configurations;
import java.util.Optional;
import org.keycloak.events.EventBuilder;
import org.keycloak.models.RealmModel;

/**
 * What the realm's rules say, by the core.
 *
 * @param required the rule to fulfil; null: none
 * @param watched the rule that would have to be fulfilled, were it not only watched; null: none
 * @param reason in words, for a log
 * @param refusal why there is no decision; null: there is one
 */
public record Decision(Rule required, Rule watched, String reason, Refusal refusal) {
    /** What a rule is about, in the words of the configuration. */
    public enum Occasion {
        SIGN_IN("sign_in"),
        AUTHENTICATION("authentication"),
        REGISTRATION("registration"),
        RECOVERY("recovery");

        private final String word;

        Occasion(String word) {
            this.word = word;
        }
    }

    /**
     * A rule as far as it matters to those who carry it out.
     *
     * @param maxAge for how many seconds fulfilling it is good
     */
    public record Rule(String id, String flow, String acr, long maxAge) {
        private static Rule in(JsonNode said) throws Unanswered {
            if (said.isMissingNode()) {
                return null;
            }
            if (!said.path("rule").isTextual() || !said.path("flow").isTextual() || !said.path("maxAge").canConvertToLong()) {
                throw new Unanswered("a rule that cannot be read");
            }
            return new Rule(
                    said.get("rule").textValue(),
                    said.get("flow").textValue(),
                    said.path("acr").textValue(),
                    said.get("maxAge").longValue());
        }
    }

    /** Decides. Never throws: where there is no answer, there is a refusal. */
    public static Decision of(RealmModel realm, Occasion occasion, ObjectNode facts) {
        try {
            Optional<Configuration> configuration = Configurations.of(realm);
            if (configuration.isEmpty()) {
                return refused(new Refusal("orchestrator_unavailable", "the realm has no configuration"));
            }
            if (!configuration.get().loads()) {
                return refused(new Refusal("orchestrator_unavailable", "the configuration does not load"));
            }
            ObjectNode document = configuration.get().rules("decide");
            document.put("occasion", occasion.word).set("facts", facts);
            return in(GuestModule.loaded().call(document));
        } catch (Unanswered e) {
            return refused(Refusal.of(e));
        }
    }

    private static Decision refused(Refusal refusal) {
        return new Decision(null, null, null, refusal);
    }

    private static Decision in(JsonNode answer) throws Unanswered {
        JsonNode decided = answer.path("decided");
        if (answer.size() == 1 && decided.isObject()) {
            return new Decision(
                    Rule.in(decided.path("required")),
                    Rule.in(decided.path("watched")),
                    decided.path("reason").textValue(),
                    null);
        }
        Refusal refusal = Refusal.in(answer);
        if (refusal == null) {
            throw new Unanswered("the answer is no decision");
        }
        return refused(refusal);
    }

    /** Writes into an event's details which rule spoke; one that is only watched leaves what it would have asked for. */
    public void describe(EventBuilder event) {
        if (required != null) {
            event.detail("countersign_rule", required.id()).detail("countersign_flow", required.flow());
        }
        if (watched != null) {
            event.detail("countersign_watched", watched.id()).detail("countersign_would", "step_up_required");
        }
        if (refusal != null) {
            refusal.describe(event);
        }
    }
}
