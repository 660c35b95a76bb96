package countersign.keycloak.orchestrator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.guest.Unanswered;
import countersign.keycloak.orchestrator.Answer.Refused;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks the orchestrator. The core says what to send and what the answers mean; here they are only carried. Whatever
 * goes wrong on the way is a refusal. Nothing that is sent or received is logged.
 */
public final class Orchestrator {
    private static final int ROUNDS = 6;
    private static final int THREADS = 4;
    private static final int WAITING = 256;

    /** What a whole question may take beyond one call's time. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    private static final class Holder {
        static final Orchestrator OF_THIS_SERVER =
                new Orchestrator(document -> GuestModule.loaded().call(document), new Transport());
    }

    private final Guest guest;
    private final Transport transport;
    private final Executor workers;
    private volatile Instant answered;
    private volatile Instant missed;

    Orchestrator(Guest guest, Transport transport) {
        this.guest = guest;
        this.transport = transport;
        this.workers = workers();
    }

    /** The one of this server, with its connections. */
    public static Orchestrator ofThisServer() {
        return Holder.OF_THIS_SERVER;
    }

    /** Asks, and waits for the answer no longer than the configured time for a call and a second. */
    public Answer answer(Configuration configuration, Question question) {
        CompletableFuture<Answer> asked = ask(configuration, question);
        try {
            return asked.get(configuration.timeout().plus(SLACK).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return Refused.unavailable("no answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Refused.unavailable("interrupted");
        } catch (ExecutionException e) {
            return Refused.unavailable("the question failed");
        } finally {
            asked.cancel(true);
        }
    }

    /** Asks, without waiting. The answer never comes as an exception, and what depends on it runs on our threads. */
    public CompletableFuture<Answer> ask(Configuration configuration, Question question) {
        if (!configuration.loads()) {
            return CompletableFuture.completedFuture(Refused.unavailable("the configuration does not load"));
        }
        ObjectNode document = question.document(configuration, UUID.randomUUID().toString());
        try {
            return CompletableFuture.supplyAsync(() -> document, workers)
                    .thenCompose(first -> round(first, 1))
                    .exceptionally(Orchestrator::failed);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(failed(e));
        }
    }

    private CompletableFuture<Answer> round(ObjectNode document, int number) {
        // What is signed was signed after we asked: the time is that of each answer.
        document.put("now", Instant.now().getEpochSecond());
        JsonNode said;
        try {
            said = guest.call(document);
        } catch (Unanswered e) {
            return CompletableFuture.completedFuture(Refused.unavailable(e.getMessage()));
        }
        if (!(said.get("ask") instanceof ObjectNode ask)) {
            return CompletableFuture.completedFuture(Answer.of(said));
        }
        if (number == ROUNDS) {
            return CompletableFuture.completedFuture(Refused.unavailable("too many calls for one question"));
        }
        return transport.send(ask).thenComposeAsync(answer -> {
            if (answer.isNull()) {
                missed = Instant.now();
            } else {
                answered = Instant.now();
            }
            ((ArrayNode) document.get("answers")).add(answer);
            return round(document, number + 1);
        }, workers);
    }

    /** For "Server info": whether the orchestrators of this server's realms can be reached. */
    String lastHeard() {
        Instant good = answered;
        Instant bad = missed;
        if (good == null && bad == null) {
            return "not asked yet";
        }
        boolean reachable = good != null && (bad == null || good.isAfter(bad));
        return reachable ? "reachable, last heard " + good : "NOT REACHABLE since " + bad;
    }

    private static Answer failed(Throwable thrown) {
        Throwable cause = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        return Refused.unavailable(
                cause instanceof RejectedExecutionException ? "too many questions at once" : "the question failed");
    }

    /** Daemons that see our classes; few, for they only wait for the core. */
    private static Executor workers() {
        var count = new AtomicInteger();
        var pool = new ThreadPoolExecutor(
                THREADS, THREADS, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), work -> {
                    Thread thread = new Thread(work, "countersign-orchestrator-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    thread.setContextClassLoader(Orchestrator.class.getClassLoader());
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
