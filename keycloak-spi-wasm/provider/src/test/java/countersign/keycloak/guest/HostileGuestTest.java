package countersign.keycloak.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import countersign.keycloak.guest.Wasm.Body;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import run.endive.compiler.MachineFactoryCompiler;
import run.endive.runtime.Instance;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.MemoryLimits;

/** Whatever a guest does, the host has an answer in time, and it is not a yes. */
class HostileGuestTest {
    private static final Duration DEADLINE = Duration.ofMillis(500);
    private static final Duration SLACK = Duration.ofMillis(1500);
    private static final String PASSED = "{\"passed\":{}}";

    private static final String FAILED = "the core failed";
    private static final String LATE = "no answer in time";
    private static final String OUTSIDE = "an address outside of the memory";
    private static final String SIZE = "the answer is empty or too large";
    private static final String NO_JSON = "the answer is not JSON";
    private static final String NO_OBJECT = "the answer is no object";

    private record Guest(byte[] module, String reason) {}

    private static final Map<String, Guest> GUESTS = new LinkedHashMap<>();

    static {
        guest("traps", FAILED, Wasm.guest(Body.GIVES_ROOM, Body.TRAPS));
        guest("loops for ever", LATE, Wasm.guest(Body.GIVES_ROOM, Body.LOOPS));
        guest("calls itself for ever", FAILED, Wasm.guest(Body.GIVES_ROOM, Body.CALLS_ITSELF));
        guest("takes memory for ever", LATE, Wasm.guest(Body.GIVES_ROOM, Body.TAKES_MEMORY));
        guest("traps in alloc", FAILED, Wasm.guest(Body.TRAPS, Body.answers(1024, 2)));
        guest("loops in alloc", LATE, Wasm.guest(Body.LOOPS_IN_ALLOC, Body.answers(1024, 2)));
        guest("has no room", "no room for the document", Wasm.guest(Body.room(0), Body.answers(1024, 2)));
        guest("gives room beyond its memory", OUTSIDE, Wasm.guest(Body.room(Wasm.PAGE), Body.answers(1024, 2)));
        guest("gives room at the end of the address space", OUTSIDE, Wasm.guest(Body.room(-1), Body.answers(1024, 2)));
        guest("answers nothing", SIZE, Wasm.guest(Body.GIVES_ROOM, Body.answers(0, 0)));
        guest("answers an empty text", SIZE, Wasm.guest(Body.GIVES_ROOM, Body.answers(1024, 0)));
        guest("answers beyond its memory", OUTSIDE, Wasm.guest(Body.GIVES_ROOM, Body.answers(Wasm.PAGE, 2)));
        guest("answers across the end of its memory", OUTSIDE, Wasm.guest(Body.GIVES_ROOM, Body.answers(Wasm.PAGE - 1, 2)));
        guest("answers at the end of the address space", OUTSIDE, Wasm.guest(Body.GIVES_ROOM, Body.answers(0xffff_ffffL, 2)));
        guest("answers from a negative address", OUTSIDE, Wasm.guest(Body.GIVES_ROOM, Body.answers(0x8000_0000L, 16)));
        guest("answers a negative length", SIZE, Wasm.guest(Body.GIVES_ROOM, Body.answers(1024, 0xffff_ffffL)));
        guest("answers too much", SIZE, Wasm.guest(Body.GIVES_ROOM, Body.answers(0, Core.LONGEST + 1L)));
        says("zeroes", NO_JSON, "\0\0");
        says("no JSON", NO_JSON, "yes");
        says("half an answer", NO_JSON, "{\"passed\":");
        says("two answers", NO_JSON, PASSED + PASSED);
        says("two answers in one", NO_JSON, "{\"passed\":{},\"passed\":{}}");
        says("a list", NO_OBJECT, "[" + PASSED + "]");
        says("null", NO_OBJECT, "null");
        says("a text", NO_OBJECT, "\"passed\"");
        guest("has another interface", SIZE, Wasm.guest(Body.GIVES_ROOM, Body.ANOTHER_TYPE));
        guest("exports nothing", FAILED, Wasm.EMPTY);
    }

    private static void guest(String name, String reason, byte[] module) {
        GUESTS.put(name, new Guest(module, reason));
    }

    private static void says(String name, String reason, String answer) {
        guest("answers " + name, reason, Wasm.saying(answer));
    }

    private static Supplier<Instance> interpreted(byte[] guest) {
        WasmModule module = Parser.parse(guest);
        return () -> Instance.builder(module).withMemoryLimits(new MemoryLimits(1, 4)).build();
    }

    private static Supplier<Instance> compiled(byte[] guest) {
        WasmModule module = Parser.parse(guest);
        var machine = MachineFactoryCompiler.compile(module);
        return () -> Instance.builder(module)
                .withMachineFactory(machine)
                .withMemoryLimits(new MemoryLimits(1, 4))
                .build();
    }

    @TestFactory
    Stream<DynamicTest> isNeverAnswered() {
        return GUESTS.entrySet().stream().flatMap(row -> {
            Guest guest = row.getValue();
            return Stream.of(
                    dynamicTest(row.getKey() + ", compiled", () -> isUnanswered(compiled(guest.module()), guest.reason())),
                    dynamicTest(row.getKey() + ", interpreted", () -> isUnanswered(interpreted(guest.module()), guest.reason())));
        });
    }

    private static void isUnanswered(Supplier<Instance> guest, String reason) throws Unanswered {
        var current = new AtomicReference<>(guest);
        var core = new Core(() -> current.get().get(), DEADLINE);
        // More often than there are threads: none of them is lost.
        for (int time = 0; time < 2 * Math.max(2, Runtime.getRuntime().availableProcessors()); time++) {
            long start = System.nanoTime();
            var why = assertThrows(Unanswered.class, () -> core.call(question()));
            assertEquals(reason, why.getMessage());
            var took = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(took.compareTo(DEADLINE.plus(SLACK)) < 0, took::toString);
        }
        current.set(interpreted(Wasm.saying(PASSED)));
        assertEquals(PASSED, core.call(question()).toString());
    }

    @Test
    void believesAGuestThatKeepsTheRules() throws Unanswered {
        for (var guest : List.of(interpreted(Wasm.saying(PASSED)), compiled(Wasm.saying(PASSED)))) {
            assertEquals(PASSED, new Core(guest, DEADLINE).call(question()).toString());
        }
    }

    @Test
    void sendsNoDocumentThatIsTooLarge() {
        var core = new Core(interpreted(Wasm.saying(PASSED)), DEADLINE);
        var document = question().put("more", "x".repeat(Core.LONGEST));
        assertThrows(Unanswered.class, () -> core.call(document));
    }

    private static ObjectNode question() {
        return JsonNodeFactory.instance.objectNode().put("op", "about");
    }
}
