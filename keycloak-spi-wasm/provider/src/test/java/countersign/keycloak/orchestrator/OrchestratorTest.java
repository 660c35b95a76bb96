package countersign.keycloak.orchestrator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.guest.Unanswered;
import countersign.keycloak.orchestrator.Answer.Done;
import countersign.keycloak.orchestrator.Answer.Opened;
import countersign.keycloak.orchestrator.Answer.Refused;
import countersign.keycloak.orchestrator.Answer.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The core as it is shipped, asking an upstream that behaves in every way there is. */
class OrchestratorTest {
    private static final Guest CORE = document -> GuestModule.loaded().call(document);
    private static final Check CHECK = new Check("step_up", "id.example", "alice", "Y2hhbGxlbmdl");

    /** printf 'challenge' | openssl dgst -sha256 -binary | basenc --base64url */
    private static final String HASH = "LdAL134CIs7YgmZUganB2fkHMJ0W4F7QB6HqY5KEd6k";

    private static final Session SESSION = new Session("ses_1", null);

    private Upstream upstream;
    private final Orchestrator orchestrator = new Orchestrator(CORE, new Transport());

    @BeforeEach
    void start() throws IOException {
        upstream = new Upstream();
    }

    @AfterEach
    void stop() throws IOException {
        upstream.close();
    }

    private Configuration configuration(int timeout) throws Unanswered {
        var text = """
            { "version": 1, "orchestrator": { "profile": "countersign", "url": "http://127.0.0.1:%d", "timeout": "%dms",
              "credentials": { "header": "authorization", "prefix": "Bearer ", "env": "COUNTERSIGN_TOKEN" } } }"""
                .formatted(upstream.port(), timeout);
        return Configuration.read(text, Map.of("COUNTERSIGN_TOKEN", "t0ken", "PATH", "/bin"), CORE);
    }

    private static String json(int status, String body) {
        return "HTTP/1.1 %d x\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
                .formatted(status, body.length(), body);
    }

    @Test
    void opensFollowsAndCompletes() throws Unanswered {
        Configuration configuration = configuration(2000);
        upstream.says(json(201, "{\"id\":\"ses_1\",\"client\":{\"captureUrl\":\"https://c.example/1\"}}"));
        var opened = assertInstanceOf(Opened.class, orchestrator.answer(configuration, Question.open(CHECK, null)));
        assertEquals(SESSION, opened.session());
        assertEquals("https://c.example/1", opened.client().path("captureUrl").asText());
        assertTrue(upstream.heard().startsWith("POST /v1/sessions HTTP/1.1\r\n"), upstream.heard());
        assertTrue(upstream.heard().toLowerCase().contains("authorization: bearer t0ken\r\n"), upstream.heard());
        assertFalse(upstream.heard().toLowerCase().contains("upgrade:"), upstream.heard());

        upstream.says(json(200, status("matched")));
        var status = orchestrator.answer(configuration, Question.status(CHECK, SESSION));
        assertEquals(new Status("matched", null, false), status);

        upstream.says(json(200, "{\"status\":\"completed\"}"));
        assertEquals(new Done(), orchestrator.answer(configuration, Question.complete(CHECK, SESSION, "AQID")));
        upstream.says(json(409, "{\"error\":{\"code\":\"already_completed\"}}"));
        var again = orchestrator.answer(configuration, Question.complete(CHECK, SESSION, "AQID"));
        assertEquals("ceremony_replayed", assertInstanceOf(Refused.class, again).code());
    }

    private static String status(String word) {
        return "{\"id\":\"ses_1\",\"flow\":\"step_up\",\"external_user_id\":\"alice\",\"challenge\":\"%s\",\"status\":\"%s\"}"
                .formatted(HASH, word);
    }

    @TestFactory
    Stream<DynamicTest> anythingElseRefusesInTime() {
        var matched = json(200, status("matched"));
        var answers = new LinkedHashMap<String, String>();
        answers.put("nothing, and silence", "");
        answers.put("half a head", "HTTP/1.1 200 x\r\ncontent-");
        answers.put("no HTTP", "hello\r\n\r\n");
        answers.put("half a body, and silence", "HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\n{");
        answers.put("half a body, and the end", "HTTP/1.1 200 x\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{" + Upstream.END);
        answers.put("no JSON", json(200, "<html>"));
        answers.put("an error", json(500, "{}"));
        answers.put("a redirect", "HTTP/1.1 302 x\r\nlocation: /v1/sessions/ses_2\r\ncontent-length: 0\r\n\r\n");
        answers.put("a match that is too long", json(200, status("matched") + " ".repeat(Transport.LONGEST)));
        answers.put("a match of another session", matched.replace("ses_1", "ses_2"));
        answers.put("a match of another user", matched.replace("alice", "alicf"));
        answers.put("a match for another challenge", matched.replace(HASH, HASH.replace('L', 'M')));
        return answers.entrySet().stream().map(row -> DynamicTest.dynamicTest(row.getKey(), () -> {
            upstream.says(row.getValue());
            Configuration configuration = configuration(400);
            long start = System.nanoTime();
            var answer = orchestrator.answer(configuration, Question.status(CHECK, SESSION));
            var took = Duration.ofNanos(System.nanoTime() - start);
            assertEquals("orchestrator_unavailable", assertInstanceOf(Refused.class, answer).code());
            assertTrue(took.toMillis() < 1800, took::toString);
        }));
    }

    @Test
    void nobodyThere() throws Exception {
        Configuration configuration = configuration(400);
        upstream.close();
        for (var question : new Question[] {Question.open(CHECK, null), Question.status(CHECK, SESSION)}) {
            var answer = orchestrator.answer(configuration, question);
            assertEquals("orchestrator_unavailable", assertInstanceOf(Refused.class, answer).code());
        }
        var completed = orchestrator.answer(configuration, Question.complete(CHECK, SESSION, "AQID"));
        assertEquals("completion_failed", assertInstanceOf(Refused.class, completed).code());
    }

    @Test
    void aCoreThatAsksForEverAndOneThatFails() throws Unanswered {
        Configuration configuration = configuration(400);
        var rounds = new AtomicInteger();
        Guest forEver = document -> {
            rounds.incrementAndGet();
            var said = JsonNodeFactory.instance.objectNode();
            said.putObject("ask").put("method", "GET").put("url", "not a URL").put("timeout", 10);
            return said;
        };
        var asked = new Orchestrator(forEver, new Transport()).answer(configuration, Question.open(CHECK, null));
        assertEquals("orchestrator_unavailable", assertInstanceOf(Refused.class, asked).code());
        assertEquals(6, rounds.get());
        for (Guest broken : new Guest[] {
            document -> { throw new Unanswered("trap"); },
            document -> { throw new IllegalStateException(); },
            document -> JsonNodeFactory.instance.objectNode(),
            document -> JsonNodeFactory.instance.objectNode().put("passed", true),
            document -> JsonNodeFactory.instance.objectNode().put("done", true).put("refusal", true),
        }) {
            var answer = new Orchestrator(broken, new Transport()).answer(configuration, Question.open(CHECK, null));
            assertEquals("orchestrator_unavailable", assertInstanceOf(Refused.class, answer).code());
        }
    }

    @Test
    void aConfigurationThatDoesNotLoadRefusesAndIsReportedOnce() throws Unanswered {
        var calls = new AtomicInteger();
        Guest counting = document -> {
            calls.incrementAndGet();
            return CORE.call(document);
        };
        var configurations = new Configurations(counting, Map.of("COUNTERSIGN_TOKEN", "t0ken"));
        assertEquals(Optional.empty(), configurations.read("untouched", null));
        assertEquals(Optional.empty(), configurations.read("blank", " \n"));
        var text = "{ \"version\": 1, \"relying_parties\": {} }";
        for (int time = 0; time < 3; time++) {
            Configuration broken = configurations.read("broken", text).orElseThrow();
            assertFalse(broken.loads());
            assertTrue(broken.errors().stream().anyMatch(error -> error.startsWith("/relying_parties: ")));
            var answer = orchestrator.answer(broken, Question.open(CHECK, null));
            assertEquals("orchestrator_unavailable", assertInstanceOf(Refused.class, answer).code());
        }
        assertEquals(1, calls.get());
        assertTrue(configurations.summaries().get("Realm broken").startsWith("DOES NOT LOAD"));
    }

    @Test
    void theSampleInTheDocumentLoads() throws Exception {
        var document = Files.readString(Path.of(System.getProperty("vectors")).resolveSibling("../../docs/keycloak.md"));
        String sample = document.split("```json\n", 2)[1].split("```", 2)[0];
        Configuration read = Configuration.read(sample, Map.of("COUNTERSIGN_ORCHESTRATOR_TOKEN", "t0ken"), CORE);
        assertEquals(List.of(), read.errors());
        assertTrue(read.loads());
    }

    @Test
    void onlyOurVariablesAreTold() throws Unanswered {
        assertEquals("{\"COUNTERSIGN_TOKEN\":\"t0ken\"}",
                configuration(400).document("orchestrate").get("environment").toString());
    }
}
