package countersign.keycloak;

import com.fasterxml.jackson.databind.JsonNode;
import countersign.keycloak.guest.Unanswered;
import org.keycloak.events.EventBuilder;

/** Why somebody was not let in: a code of the contract, and a reason for the log that holds nothing of the request. */
public record Refusal(String code, String reason) {
    /** The core did not answer. The one code that is not the core's own. */
    private static final String UNANSWERED = "core_unanswered";

    public static Refusal of(Unanswered why) {
        return new Refusal(UNANSWERED, why.getMessage());
    }

    /** What an answer says: `null` when it passes. One that says both, or neither, is none. */
    public static Refusal in(JsonNode answer) throws Unanswered {
        if (answer.size() == 1 && answer.path("passed").isObject()) {
            return null;
        }
        JsonNode refusal = answer.path("refusal");
        if (answer.size() == 1 && refusal.path("code").isTextual() && refusal.path("reason").isTextual()) {
            return new Refusal(refusal.get("code").textValue(), refusal.get("reason").textValue());
        }
        throw new Unanswered("the answer neither passes nor refuses");
    }

    /** Whether it says nothing about the person: somebody else could not be asked. */
    public boolean isUnavailable() {
        return code.endsWith("_unavailable") || code.equals(UNANSWERED);
    }

    /** The key of the sentence for the page, which says no more than this. */
    public String message() {
        if (isUnavailable()) {
            return "countersignUnavailable";
        }
        return switch (code) {
            case "biometric_mismatch", "recovery_mismatch" -> "countersignMismatch";
            case "verdict_failed", "ceremony_expired", "ceremony_replayed", "ceremony_unknown", "completion_failed", "user_unknown" ->
                "countersignNotDone";
            default -> "countersignRefused";
        };
    }

    /** Writes it into an event's details. */
    public void describe(EventBuilder event) {
        event.detail("countersign_code", code).detail("countersign_reason", reason);
    }

    @Override
    public String toString() {
        return "countersign: " + code + " (" + reason + ")";
    }
}
