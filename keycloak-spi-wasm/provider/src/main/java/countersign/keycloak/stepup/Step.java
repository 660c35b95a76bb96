package countersign.keycloak.stepup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import countersign.keycloak.Encoding;
import countersign.keycloak.orchestrator.Check;
import countersign.keycloak.orchestrator.Question;
import countersign.keycloak.orchestrator.Session;
import java.util.HashMap;
import java.util.Map;

/**
 * One biometric check in one sign-in: for whom, in which browser's tab, and what a phone is told that takes it over.
 *
 * @param root the browser's root authentication session; its id is no secret, the cookie for it is signed
 * @param client what the orchestrator's capture page or SDK needs, JSON
 * @param number what the page shows and the phone must say
 * @param askedBy the name of the application that is signed in to
 * @param startedAt when, in milliseconds since 1970
 * @param from the browser's address
 */
record Step(
        String id,
        String root,
        String tab,
        Check check,
        Session session,
        String client,
        String number,
        String askedBy,
        long startedAt,
        String from) {

    Question status() {
        return Question.status(check, session);
    }

    Question cancel() {
        return Question.cancel(check, session);
    }

    /** The sign-in as a whole is what is proven: there is no credential, and its place takes the session. */
    Question complete() {
        return Question.complete(check, session, Encoding.digest("countersign-keycloak " + session.id()));
    }

    /** What a recovery goes on with; null where the orchestrator gave nothing for it. */
    String continuation() {
        try {
            return new ObjectMapper().readTree(client).path("continuation").textValue();
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    Map<String, String> notes() {
        var notes = new HashMap<String, String>();
        notes.put("root", root);
        notes.put("tab", tab);
        notes.put("flow", check.flow());
        notes.put("rpId", check.rpId());
        notes.put("user", check.user());
        notes.put("challenge", check.challenge());
        notes.put("session", session.id());
        if (session.carry() != null) {
            notes.put("carry", session.carry());
        }
        notes.put("client", client);
        notes.put("number", number);
        notes.put("askedBy", askedBy);
        notes.put("startedAt", Long.toString(startedAt));
        notes.put("from", from);
        return notes;
    }

    static Step of(String id, Map<String, String> notes) {
        return new Step(
                id,
                notes.get("root"),
                notes.get("tab"),
                new Check(notes.get("flow"), notes.get("rpId"), notes.get("user"), notes.get("challenge")),
                new Session(notes.get("session"), notes.get("carry")),
                notes.get("client"),
                notes.get("number"),
                notes.get("askedBy"),
                Long.parseLong(notes.get("startedAt")),
                notes.get("from"));
    }
}
