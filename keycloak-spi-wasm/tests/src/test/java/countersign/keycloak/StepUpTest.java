package countersign.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import countersign.keycloak.harness.FaceCheck;
import countersign.keycloak.harness.Gate.Mode;
import countersign.keycloak.harness.Keycloak;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.Realm;
import countersign.keycloak.harness.StepUpPage;
import countersign.keycloak.harness.StepUpRealm;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Biometric step-up, by somebody who posts what a page would not. */
class StepUpTest {
    private static final String CLIENT = "payroll";

    private static StepUpRealm world;
    private static Keycloak keycloak;
    private static Realm realm;
    private static FaceCheck faces;

    @BeforeAll
    static void start() {
        world = StepUpRealm.start();
        keycloak = world.keycloak;
        realm = world.realm;
        faces = world.faces;
    }

    @AfterEach
    void open() {
        faces.gate.is(Mode.PASS, "");
    }

    private static Login signIn() {
        return new Login(keycloak, realm, CLIENT).password("ada", "correct horse");
    }

    private static StepUpPage page() {
        return new StepUpPage(signIn());
    }

    private static StepUpPage matched() {
        StepUpPage page = page();
        faces.capture(page.capture, "mine");
        return page;
    }

    /** Nobody is signed in, nothing is told, and the page does not come back. */
    private static void isRefused(Login browser, int status, String code) {
        assertEquals(status, browser.status(), browser.body());
        assertNull(browser.code());
        assertFalse(browser.isSignedIn());
        for (String inside : List.of("Exception", "\tat ", "orchestrator", "127.0.0.1", code)) {
            assertFalse(browser.body().contains(inside), inside + " in " + browser.body());
        }
        JsonNode event = keycloak.lastFailure(realm);
        assertEquals(code, event.path("details").path("countersign_code").asText(), event::toString);
        assertEquals("step_up", event.path("details").path("countersign_flow").asText());
        assertEquals(realm.ada().id(), event.path("userId").asText());
    }

    private static void staysRefused(StepUpPage page) {
        page.browser.get(page.action);
        assertFalse(StepUpPage.isShownBy(page.browser), page.browser.body());
        assertNull(page.browser.code());
        page.post(page.secret);
        assertNull(page.browser.code());
        assertFalse(page.browser.isSignedIn());
    }

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

    // What the pages ask for.

    @Test
    void onlyTheBrowserAndTheTabThatStartedItFollowAStep() throws InterruptedException {
        StepUpPage page = page();
        assertEquals("pending", page.follow());
        assertEquals("1", page.browser.header("retry-after"));
        assertNull(StepUpPage.follow(new Login(keycloak, realm, CLIENT), page.status));
        assertNull(StepUpPage.follow(signIn(), page.status));
        assertNull(StepUpPage.follow(page.browser, page.status.replaceFirst("tab=.*", "tab=other")));
        assertNull(StepUpPage.follow(page.browser, page.status.replaceFirst("\\?tab=.*", "")));
        assertNull(StepUpPage.follow(page.browser, page.status.replaceFirst("steps/...", "steps/AAA")));
        long asked = faces.gate.heard("GET /v1/sessions/");
        Instant start = Instant.now();
        for (int time = 0; time < 40; time++) {
            page.follow();
        }
        long seconds = Duration.between(start, Instant.now()).toSeconds() + 2;
        assertTrue(faces.gate.heard("GET /v1/sessions/") - asked <= seconds, "asked more than once a second");
        faces.capture(page.capture, "mine");
        assertEquals("matched", world.outcome(page));
        assertNotNull(page.post(page.secret).code());
    }

    @Test
    void aSilentOrchestratorHoldsNobodyUp() {
        StepUpPage page = page();
        faces.gate.is(Mode.HANG, "GET /v1/sessions/");
        for (int time = 0; time < 5; time++) {
            Instant start = Instant.now();
            assertEquals("pending", page.follow());
            assertTrue(Duration.between(start, Instant.now()).toMillis() < 1000);
        }
    }

    @Test
    void aPhoneTakesItOverWithTheNumber() throws InterruptedException {
        Login browser = signIn();
        StepUpPage page = new StepUpPage(browser);
        String token = URI.create(StepUpPage.phone(browser)).getFragment();
        String number = StepUpPage.number(browser);
        Login phone = new Login(keycloak, realm, CLIENT);
        JsonNode told = StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", number));
        assertEquals(page.capture, told.path("client").path("captureUrl").asText(), told::toString);
        assertEquals("The payroll", told.path("asked").path("client").asText());
        assertFalse(told.path("asked").path("from").asText().isEmpty());
        StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", number));
        assertEquals(403, phone.status(), "a token is good once");
        faces.capture(told.path("client").path("captureUrl").asText(), "mine");
        assertEquals("matched", world.outcome(page));
        assertNotNull(page.post(page.secret).code());
    }

    @Test
    void aWrongNumberSpendsTheTokenAndLeavesThisDevice() {
        Login browser = signIn();
        StepUpPage page = new StepUpPage(browser);
        String token = URI.create(StepUpPage.phone(browser)).getFragment();
        String number = StepUpPage.number(browser);
        String wrong = number.equals("00") ? "01" : "00";
        Login phone = new Login(keycloak, realm, CLIENT);
        for (String guess : List.of(wrong, number)) {
            JsonNode told = StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", guess));
            assertEquals(403, phone.status());
            assertEquals("{\"code\":\"ceremony_unknown\"}", told.toString());
        }
        StepUpPage.post(phone, world.ours("phone/cancel"), Map.of("token", token));
        assertEquals(403, phone.status(), "who did not know the number cannot cancel");
        faces.capture(page.capture, "mine");
        assertNotNull(page.post(page.secret).code());
    }

    @Test
    void thisWasNotMe() throws InterruptedException {
        Login browser = signIn();
        StepUpPage page = new StepUpPage(browser);
        String token = URI.create(StepUpPage.phone(browser)).getFragment();
        Login phone = new Login(keycloak, realm, CLIENT);
        StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", StepUpPage.number(browser)));
        faces.capture(page.capture, "mine");
        StepUpPage.post(phone, world.ours("phone/cancel"), Map.of("token", token));
        assertEquals(204, phone.status());
        assertEquals("cancelled", page.follow());
        isRefused(page.post(page.secret), 403, "verdict_failed");
    }

    @Test
    void thisBrowserCancels() {
        StepUpPage page = matched();
        StepUpPage.post(new Login(keycloak, realm, CLIENT), page.status.replace("?", "/cancel?"), Map.of());
        assertEquals("pending", page.follow(), "another browser cancels nothing");
        StepUpPage.post(page.browser, page.status.replace("?", "/cancel?"), Map.of());
        assertEquals(204, page.browser.status());
        isRefused(page.post(page.secret), 403, "verdict_failed");
    }

    @Test
    void noQrCodeWhereOnlyThisDeviceMay() {
        Login browser = new Login(keycloak, realm, "this-device").password("ada", "correct horse");
        StepUpPage page = new StepUpPage(browser);
        assertFalse(browser.body().contains("countersign-qr"), browser.body());
        faces.capture(page.capture, "mine");
        assertNotNull(page.post(page.secret).code());
    }

    @Test
    void whatAPhonePostsIsReadStrictly() {
        Login browser = signIn();
        String token = URI.create(StepUpPage.phone(browser)).getFragment();
        String number = StepUpPage.number(browser);
        Login phone = new Login(keycloak, realm, CLIENT);
        String right = "{\"token\":\"" + token + "\",\"number\":\"" + number + "\"}";
        record Row(String type, String body, String origin, int status) {}
        for (Row row : List.of(
                new Row("application/x-www-form-urlencoded", "token=" + token + "&number=" + number, null, 415),
                new Row("text/plain", right, null, 415),
                new Row("application/json", right, "https://evil.example", 400),
                new Row("application/json", right, "null", 400),
                new Row("application/json", right.replace("}", ",\"more\":\"\"}"), null, 400),
                new Row("application/json", right.replace("}", ",\"number\":\"00\"}"), null, 400),
                new Row("application/json", right + "{}", null, 400),
                new Row("application/json", right.replace("\"" + number + "\"", "7"), null, 400),
                new Row("application/json", "[]", null, 400),
                new Row("application/json", "", null, 400),
                new Row("application/json", right + " ".repeat(2000), null, 400))) {
            var request = HttpRequest.newBuilder(URI.create(world.ours("phone/consume")))
                    .header("Content-Type", row.type)
                    .POST(HttpRequest.BodyPublishers.ofString(row.body));
            if (row.origin != null) {
                request.header("Origin", row.origin);
            }
            phone.request(request);
            assertEquals(row.status, phone.status(), row + " " + phone.body());
        }
        StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", number), "Origin", keycloak.url());
        assertEquals(200, phone.status(), "none of it spent the token");
    }

    @Test
    void aRealmWithoutAConfigurationHasNoneOfIt() {
        Login browser = new Login(keycloak, keycloak.plain, "autofill");
        for (String path : List.of("phone", "steps/" + "A".repeat(43) + "?tab=x")) {
            browser.get(keycloak.url() + "/realms/plain/countersign/" + path);
            assertEquals(404, browser.status());
        }
    }
}
