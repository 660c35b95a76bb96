package countersign.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import countersign.keycloak.harness.Keycloak;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.Posting;
import countersign.keycloak.harness.Realm;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A core that passes its checks at the start and then goes bad, inside a running Keycloak. */
class HostileCoreTest {
    /** What it does, and what the event says of it; what it is asked holds its configuration, and that the word. */
    private static final Map<String, String> WAYS = Map.of(
            "trap", "the core failed",
            "loop", "no answer in time",
            "memory", "the core failed",
            "garbage", "the answer is not JSON");

    private static final Duration BOUND = Duration.ofSeconds(20);

    private static final Map<String, Realm> REALMS = new HashMap<>();

    private static Keycloak keycloak;
    private static Realm sound;

    private static Realm realm(String name) {
        String rule = "{\"id\":\"hostile-" + name + "\",\"ceremony\":\"authentication\",\"enforcement\":\"observe\",\"require\":\"step_up\"}";
        return Realm.of(name, "{\"version\":1,\"rules\":[" + rule
                + "],\"orchestrator\":{\"profile\":\"countersign\",\"url\":\"http://127.0.0.1:1\"}}");
    }

    @BeforeAll
    static void start() throws IOException {
        WAYS.keySet().forEach(way -> REALMS.put(way, realm(way)));
        sound = realm("sound");
        var realms = new ArrayList<>(REALMS.values());
        realms.add(sound);
        keycloak = Keycloak.hostile(realms);
    }

    private static Login signIn(Realm realm, String page) {
        var login = new Login(keycloak, realm, page);
        login.post(new Posting(login, realm.ada().passkey(), realm.ada().id()).fields());
        return login;
    }

    @TestFactory
    Stream<DynamicTest> letsNobodyInAndTheServerGoesOn() {
        return WAYS.entrySet().stream().map(way -> DynamicTest.dynamicTest(way.getKey(), () -> {
            Realm realm = REALMS.get(way.getKey());
            for (String page : List.of("countersigned-passkey", "keycloaks-passkey", "autofill")) {
                var login = new Login(keycloak, realm, page);
                Instant before = Instant.now();
                login.post(new Posting(login, realm.ada().passkey(), realm.ada().id()).fields());
                assertTrue(Duration.between(before, Instant.now()).compareTo(BOUND) < 0, "it hung");
                assertNull(login.code(), page);
                assertFalse(login.isSignedIn(), page);
                for (String inside : List.of("Exception", "\tat ", "countersign.keycloak", "wasm")) {
                    assertFalse(login.body().contains(inside), inside + " in " + login.body());
                }
            }
            Login ours = signIn(realm, "countersigned-passkey");
            assertEquals(503, ours.status());
            JsonNode event = keycloak.lastFailure(realm);
            assertEquals("core_unanswered", event.path("details").path("countersign_code").asText(), event::toString);
            assertEquals(way.getValue(), event.path("details").path("countersign_reason").asText());
            assertNotNull(signIn(sound, "countersigned-passkey").code(), "others are let in as before");
        }));
    }

    @TestFactory
    Stream<DynamicTest> manyAtOnceKeepNobodyElseOut() {
        return Stream.of(DynamicTest.dynamicTest("loops", () -> {
            Realm realm = REALMS.get("loop");
            var tries = new ArrayList<Callable<String>>();
            for (int number = 0; number < 12; number++) {
                tries.add(() -> signIn(realm, "countersigned-passkey").code());
            }
            var pool = Executors.newFixedThreadPool(tries.size());
            for (var attempt : pool.invokeAll(tries)) {
                assertNull(attempt.get());
            }
            pool.shutdown();
            assertNotNull(signIn(sound, "countersigned-passkey").code());
        }));
    }
}
