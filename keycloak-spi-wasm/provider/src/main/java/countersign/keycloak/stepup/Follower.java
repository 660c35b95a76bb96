package countersign.keycloak.stepup;

import countersign.keycloak.orchestrator.Answer;
import countersign.keycloak.orchestrator.Answer.Status;
import countersign.keycloak.orchestrator.Configuration;
import countersign.keycloak.orchestrator.Orchestrator;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.utils.KeycloakModelUtils;

/** Keeps the last known state of steps, without a thread of Keycloak's waiting for the orchestrator. */
final class Follower {
    private static final Logger LOG = Logger.getLogger(Follower.class);

    /** A match that the orchestrator will not tell again: here it is more than a status line. */
    static final String MATCHED_ONCE = "matched_once";

    private Follower() {}

    /** Asks in the background, unless somebody did within the second. */
    static void refresh(KeycloakSession session, Configuration configuration, Step step) {
        if (new Steps(session).mayAsk(step.id())) {
            KeycloakSessionFactory factory = session.getKeycloakSessionFactory();
            Orchestrator.ofThisServer()
                    .ask(configuration, step.status())
                    .thenAccept(answer -> keep(factory, step, answer))
                    .exceptionally(failure -> {
                        LOG.warnf("the state of a step was not kept: %s", failure.getMessage());
                        return null;
                    });
        }
    }

    /** Only what is final: that nothing is known yet is what is known without it. */
    private static void keep(KeycloakSessionFactory factory, Step step, Answer answer) {
        if (answer instanceof Status status && !status.isPending()) {
            String verdict = status.isMatched() && status.once() ? MATCHED_ONCE : status.verdict();
            KeycloakModelUtils.runJobInTransaction(factory, own -> new Steps(own).saw(step.id(), verdict));
        }
    }
}
