package countersign.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import countersign.keycloak.harness.Gate.Mode;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.Realm;
import countersign.keycloak.harness.StepUpPage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Biometric step-up, by somebody who posts what a page would not. */
class StepUpTest extends StepUps {
    @Test
    void aMatchSignsInAndTheTokenSaysHow() {
        StepUpPage page = matched();
        Login browser = page.post(page.secret);
        assertNotNull(browser.code(), browser.body());
        JsonNode token = keycloak.token(realm, CLIENT, browser.code(), Login.REDIRECT);
        assertEquals(realm.ada().id(), token.path("sub").asText());
        assertEquals("[\"face\",\"user\"]", token.path("amr").toString());
        JsonNode event = keycloak.admin("/admin/realms/" + realm.name() + "/events?type=LOGIN&max=1").path(0);
        assertEquals("step_up", event.path("details").path("countersign_flow").asText(), event::toString);
        assertTrue(event.path("details").path("countersign_session").asText().startsWith("ses_"), event::toString);
        JsonNode info = keycloak.serverInfo("authenticator", "countersign-step-up");
        assertTrue(info.path("Orchestrator").asText().startsWith("reachable"), info::toString);
        assertEquals("good", info.path("Realm " + realm.name() + ", Content-Security-Policy").asText(), info::toString);
    }

    @TestFactory
    Stream<DynamicTest> anythingButAMatchIsRefused() {
        return Map.of("someone_else", "biometric_mismatch", "abandon", "verdict_failed", "error", "verdict_failed", "review", "verdict_failed")
                .entrySet()
                .stream()
                .map(row -> DynamicTest.dynamicTest(row.getKey(), () -> {
                    StepUpPage page = page();
                    faces.capture(page.capture, row.getKey());
                    assertNotEquals("pending", world.outcome(page));
                    isRefused(page.post(page.secret), 403, row.getValue());
                    staysRefused(page);
                }));
    }

    @Test
    void aCheckThatIsNotFinishedShowsThePageAgainAndOpensNoOther() {
        StepUpPage page = page();
        long opened = faces.gate.heard("POST /v1/sessions ");
        Login browser = page.post(page.secret);
        StepUpPage again = new StepUpPage(browser);
        assertTrue(browser.body().contains("The check is not finished yet."), browser.body());
        assertEquals(page.capture, again.capture);
        assertEquals(page.status, again.status);
        assertNotEquals(page.secret, again.secret);
        assertEquals(opened, faces.gate.heard("POST /v1/sessions "));
        faces.capture(again.capture, "mine");
        assertNotNull(again.post(again.secret).code());
    }

    @Test
    void aPageThatIsLoadedAgainIsAnotherCheck() {
        StepUpPage page = matched();
        page.browser.get(page.action.replaceFirst("session_code=[^&]*&", ""));
        StepUpPage again = new StepUpPage(page.browser);
        assertNotEquals(page.capture, again.capture);
        assertNull(StepUpPage.follow(page.browser, page.status));
        isRefused(again.post(page.secret), 403, "ceremony_unknown");
    }

    @TestFactory
    Stream<DynamicTest> anotherSecretIsRefused() {
        return Map.<String, java.util.function.Function<String, List<String>>>of(
                        "changed", secret -> List.of(secret.substring(1) + "A"),
                        "none", secret -> List.of(),
                        "empty", secret -> List.of(""),
                        "twice", secret -> List.of(secret, secret),
                        "longer", secret -> List.of(secret + "="))
                .entrySet()
                .stream()
                .map(row -> DynamicTest.dynamicTest(row.getKey(), () -> {
                    StepUpPage page = matched();
                    isRefused(page.post(row.getValue().apply(page.secret)), 403, "ceremony_unknown");
                    staysRefused(page);
                }));
    }

    @Test
    void oneOfTwoTabsCannotBeFinishedFromTheOther() {
        StepUpPage first = matched();
        first.browser.get(Login.start(keycloak, realm, CLIENT));
        first.browser.password("ada", "correct horse");
        StepUpPage second = new StepUpPage(first.browser);
        assertNotEquals(first.action, second.action);
        isRefused(second.post(first.secret), 403, "ceremony_unknown");
    }

    @Test
    void anotherSignInCannotUseAnothersCheck() {
        StepUpPage page = matched();
        StepUpPage thief = page();
        isRefused(thief.post(page.secret), 403, "ceremony_unknown");
        assertNotNull(page.post(page.secret).code());
    }

    @Test
    void oneOfManyPostsWins() throws Exception {
        StepUpPage page = matched();
        long completed = faces.gate.heard("/complete ");
        var posts = new ArrayList<Callable<String>>();
        for (int time = 0; time < 4; time++) {
            Login copy = page.browser.copy();
            posts.add(() -> {
                copy.post(page.action, List.of(Map.entry("countersign_secret", page.secret)));
                return copy.code();
            });
        }
        var pool = Executors.newFixedThreadPool(posts.size());
        int codes = 0;
        for (Future<String> code : pool.invokeAll(posts)) {
            codes += code.get() == null ? 0 : 1;
        }
        pool.shutdown();
        assertTrue(codes <= 1, codes + " codes");
        assertEquals(completed + 1, faces.gate.heard("/complete "));
    }

    @Test
    void aFinishedSignInCannotBeFinishedAgain() {
        StepUpPage page = matched();
        Login replaying = page.browser.copy();
        assertNotNull(page.post(page.secret).code());
        replaying.post(page.action, List.of(Map.entry("countersign_secret", page.secret)));
        String code = replaying.code();
        assertNull(code, replaying.body());
        assertFalse(replaying.isSignedIn());
    }

    @TestFactory
    Stream<DynamicTest> anOrchestratorThatFails() {
        record Row(Mode mode, String about, boolean opens, String code, int status) {}
        return Stream.of(
                        new Row(Mode.DROP, "POST /v1/sessions ", false, "orchestrator_unavailable", 503),
                        new Row(Mode.HANG, "POST /v1/sessions ", false, "orchestrator_unavailable", 503),
                        new Row(Mode.DROP, "GET /v1/sessions/", true, "orchestrator_unavailable", 503),
                        new Row(Mode.HANG, "GET /v1/sessions/", true, "orchestrator_unavailable", 503),
                        new Row(Mode.DROP, "/complete ", true, "completion_failed", 403),
                        new Row(Mode.HANG, "/complete ", true, "completion_failed", 403))
                .map(row -> DynamicTest.dynamicTest(row.mode + " " + row.about, () -> {
                    Instant start = Instant.now();
                    if (row.opens) {
                        StepUpPage page = matched();
                        start = Instant.now();
                        faces.gate.is(row.mode, row.about);
                        isRefused(page.post(page.secret), row.status, row.code);
                        faces.gate.is(Mode.PASS, "");
                        staysRefused(page);
                    } else {
                        faces.gate.is(row.mode, row.about);
                        isRefused(signIn(), row.status, row.code);
                    }
                    Duration took = Duration.between(start, Instant.now());
                    assertTrue(took.toSeconds() < 10, took::toString);
                    faces.gate.is(Mode.PASS, "");
                }));
    }

    @Test
    void aUserWithoutAReferenceIsRefused() {
        Login browser = new Login(keycloak, realm, CLIENT).password("bob", "battery staple");
        assertTrue(browser.status() == 503 || browser.status() == 403, browser.body());
        assertNull(browser.code());
        assertFalse(browser.isSignedIn());
    }

    @Test
    void aConfigurationThatDoesNotLoadRefuses() {
        for (String broken : List.of("{\"version\":1,\"relying_parties\":{}}", "not JSON", "")) {
            world.configure(broken);
            try {
                isRefused(signIn(), 503, "orchestrator_unavailable");
            } finally {
                world.configure(faces.configuration());
            }
        }
        assertTrue(keycloak.serverInfo("authenticator", "countersign-step-up").toString().contains("Realm " + realm.name()));
    }
}
