package countersign.keycloak.guest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;

/**
 * Asks the core: a document in, a document out.
 *
 * <p>Every question has an instance of its own, so nothing stays of one for the next, and one that trapped or ran out
 * of time is dropped. It runs on a thread of ours: a deadline is kept by an interrupt, and a thread of Keycloak's must
 * not see one. What the guest says of its memory is believed no further than its memory reaches.
 */
public final class Core {
    /** No larger document is exchanged, in either direction; the guest has the same limit. */
    static final int LONGEST = 256 * 1024;

    private static final int WAITING = 64;
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Supplier<Instance> instances;
    private final Duration deadline;
    private final ExecutorService workers;

    /** Instances come from {@code instances}; {@code deadline} includes the wait for a thread. */
    public Core(Supplier<Instance> instances, Duration deadline) {
        this.instances = instances;
        this.deadline = deadline;
        int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
        var pool = new ThreadPoolExecutor(
                threads, threads, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), new Workers());
        pool.allowCoreThreadTimeOut(true);
        this.workers = pool;
    }

    /** The core's answer to a document. */
    public JsonNode call(ObjectNode document) throws Unanswered {
        byte[] answer = answer(bytes(document));
        try {
            JsonNode read = JSON.readTree(answer);
            if (read instanceof ObjectNode) {
                return read;
            }
        } catch (IOException e) {
            throw new Unanswered("the answer is not JSON");
        }
        throw new Unanswered("the answer is no object");
    }

    private static byte[] bytes(ObjectNode document) throws Unanswered {
        try {
            byte[] bytes = JSON.writeValueAsBytes(document);
            if (bytes.length > LONGEST) {
                throw new Unanswered("the document is too large");
            }
            return bytes;
        } catch (JsonProcessingException e) {
            throw new Unanswered("the document cannot be written", e);
        }
    }

    private byte[] answer(byte[] document) throws Unanswered {
        Future<byte[]> answer;
        try {
            answer = workers.submit(() -> evaluate(instances.get(), document));
        } catch (RejectedExecutionException e) {
            throw new Unanswered("too many decisions at once");
        }
        try {
            return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new Unanswered("no answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unanswered("interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Unanswered unanswered) {
                throw unanswered;
            }
            // Traps, a full stack, a full memory: all of the guest's making, none of the request's business.
            throw new Unanswered("the core failed", e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    private static byte[] evaluate(Instance instance, byte[] document) throws Unanswered {
        Memory memory = instance.memory();
        long at = one(instance.export("alloc").apply(document.length));
        if ((int) at == 0) {
            throw new Unanswered("no room for the document");
        }
        memory.write(inside(memory, at, document.length), document);
        long answer = one(instance.export("evaluate").apply(at, document.length));
        long length = answer & 0xffff_ffffL;
        if (length == 0 || length > LONGEST) {
            throw new Unanswered("the answer is empty or too large");
        }
        return memory.readBytes(inside(memory, answer >>> 32, length), (int) length);
    }

    private static long one(long[] results) throws Unanswered {
        if (results == null || results.length != 1) {
            throw new Unanswered("the guest's functions are not ours");
        }
        return results[0];
    }

    /** The address, when {@code length} bytes from it lie in the memory. Both are what a guest says: unsigned. */
    private static int inside(Memory memory, long address, long length) throws Unanswered {
        long unsigned = address & 0xffff_ffffL;
        long size = (long) memory.pages() * Memory.PAGE_SIZE;
        try {
            Objects.checkFromIndexSize(unsigned, length, size);
            return Math.toIntExact(unsigned);
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw new Unanswered("an address outside of the memory");
        }
    }

    /** Daemons that see our classes: Keycloak's loader of providers is not what a new thread inherits. */
    private static final class Workers implements ThreadFactory {
        private final AtomicInteger count = new AtomicInteger();

        @Override
        public Thread newThread(Runnable work) {
            Thread thread = new Thread(work, "countersign-core-" + count.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(Core.class.getClassLoader());
            return thread;
        }
    }
}
