package countersign.keycloak.orchestrator;

import com.fasterxml.jackson.databind.JsonNode;

/** What came of a question to the orchestrator, as the core reads it. */
public sealed interface Answer {
    /** A session was opened; {@code client} is what the orchestrator's capture page or SDK needs. */
    record Opened(Session session, JsonNode client) implements Answer {}

    /**
     * How far a session is. Only {@code matched} counts, and it is signed where that is configured.
     *
     * @param code why it does not count, from the contract's table; null for a match
     * @param once whether the orchestrator tells a match only once
     */
    record Status(String verdict, String code, boolean once) implements Answer {
        public boolean isMatched() {
            return "matched".equals(verdict) && code == null;
        }

        /** Whether another answer may come. */
        public boolean isPending() {
            return "pending".equals(verdict);
        }
    }

    /** It was done. */
    record Done() implements Answer {}

    /** It goes no further. The code is from the contract's table, the reason for a log. */
    record Refused(String code, String reason) implements Answer {
        /** The orchestrator, or the core, gave no answer that can be used. */
        public static Refused unavailable(String reason) {
            return new Refused("orchestrator_unavailable", reason);
        }
    }

    /** The core's answer, when it is one of these. Anything else refuses. */
    static Answer of(JsonNode said) {
        JsonNode about = said.elements().hasNext() ? said.elements().next() : said;
        String kind = said.size() == 1 ? said.fieldNames().next() : "";
        return switch (kind) {
            case "opened" -> {
                Session session = Session.of(about.path("session"));
                yield session == null ? Refused.unavailable("no session") : new Opened(session, about.path("client"));
            }
            case "status" -> new Status(
                    about.path("verdict").asText("failed"),
                    about.path("code").textValue(),
                    about.path("once").asBoolean());
            case "done" -> new Done();
            case "refusal" -> new Refused(
                    about.path("code").asText("orchestrator_unavailable"), about.path("reason").asText());
            default -> Refused.unavailable("the core's answer is none");
        };
    }
}
