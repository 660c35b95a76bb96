package countersign.keycloak.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The guest as it is shipped gives the answers that the core gives natively (keycloak-spi-wasm/guest/tests). */
class VectorsTest {
    private static JsonNode rows() throws IOException {
        return new ObjectMapper().readTree(Path.of(System.getProperty("vectors")).toFile());
    }

    @TestFactory
    Stream<DynamicTest> answersAsNatively() throws IOException {
        JsonNode rows = rows();
        assertTrue(rows.size() > 80);
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> DynamicTest.dynamicTest(row.get("name").asText(), () -> assertEquals(row.get("answer"), ask(row))));
    }

    @Test
    void answersManyAtOnceAsOneByOne() throws Exception {
        JsonNode rows = rows();
        var callers = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> asked = StreamSupport.stream(rows.spliterator(), false)
                    .map(row -> (Callable<Boolean>) () -> row.get("answer").equals(ask(row)))
                    .toList();
            for (var same : callers.invokeAll(asked)) {
                assertTrue(same.get());
            }
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void passesItsOwnChecks() {
        var info = GuestModule.loaded().operationalInfo();
        assertTrue(info.get("Self-test").startsWith("passed: "), info::toString);
        assertTrue(info.get("Guest SHA-256").matches("[0-9a-f]{64}"), info::toString);
        assertEquals("17: works; 21 or later is recommended", GuestModule.jdk(17));
        assertEquals("25: good", GuestModule.jdk(25));
    }

    @Test
    void refusesWhatItDoesNotKnow() throws Unanswered {
        JsonNode answer = GuestModule.loaded().call(JsonNodeFactory.instance.objectNode().put("op", "approve"));
        assertEquals("malformed_request", answer.path("refusal").path("code").asText());
    }

    private static JsonNode ask(JsonNode row) throws Unanswered {
        return GuestModule.loaded().call((ObjectNode) row.get("document"));
    }
}
