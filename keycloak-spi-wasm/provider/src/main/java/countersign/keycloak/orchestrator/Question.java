package countersign.keycloak.orchestrator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What is asked of the orchestrator; how, the core knows. */
public final class Question {
    private final ObjectNode members;

    private Question(String action, Check check) {
        members = JsonNodeFactory.instance
                .objectNode()
                .put("action", action)
                .put("flow", check.flow())
                .put("rpId", check.rpId())
                .put("user", check.user())
                .put("challenge", check.challenge());
    }

    private Question(String action, Check check, Session session) {
        this(action, check);
        members.set("session", session.document());
    }

    /** To open a session; {@code rule} is the id of the rule that demands it, or null. */
    public static Question open(Check check, String rule) {
        var question = new Question("open", check);
        if (rule != null) {
            question.members.put("rule", rule);
        }
        return question;
    }

    /** How far it is. */
    public static Question status(Check check, Session session) {
        return new Question("status", check, session);
    }

    /** To use it up, for what {@code credential} (base64url) stands for. */
    public static Question complete(Check check, Session session, String credential) {
        var question = new Question("complete", check, session);
        question.members.putObject("credential").put("id", credential);
        return question;
    }

    /** To use it up for a new credential, which the orchestrator gets to know: all of it base64url. */
    public static Question complete(
            Check check, Session session, String credential, String publicKey, String userHandle) {
        Question question = complete(check, session, credential);
        question.members.withObject("/credential").put("publicKey", publicKey).put("userHandle", userHandle);
        return question;
    }

    /** To let a recovery go on to its replacement. */
    public static Question exchange(Check check, Session session, String continuation) {
        var question = new Question("exchange", check, session);
        question.members.put("continuation", continuation);
        return question;
    }

    /** To give it up. */
    public static Question cancel(Check check, Session session) {
        return new Question("cancel", check, session);
    }

    /** The document for the core, to which answers are added; {@code key} makes repetitions harmless. */
    ObjectNode document(Configuration configuration, String key) {
        ObjectNode document = configuration.document("orchestrate");
        document.setAll(members);
        document.put("key", key);
        document.putArray("answers");
        return document;
    }
}
