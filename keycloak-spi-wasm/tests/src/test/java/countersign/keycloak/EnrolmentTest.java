package countersign.keycloak;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.JsonObject;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.LoadState;
import countersign.keycloak.harness.ExampleRealm;
import countersign.keycloak.harness.Gate.Mode;
import countersign.keycloak.harness.Login;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A passkey is kept once its person was seen, and one that was lost is replaced, in Chromium with a virtual authenticator. */
@Tag("authenticator")
class EnrolmentTest {
    private static final String ENROL = "&kc_action=countersign-enrol";

    private static ExampleRealm world;
    private static Playwright playwright;
    private static Browser chromium;

    private final List<String> codes = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() {
        world = ExampleRealm.start();
        playwright = Playwright.create();
        String path = Optional.ofNullable(System.getenv("CHROMIUM")).orElse("/usr/bin/chromium");
        chromium = playwright.chromium().launch(new BrowserType.LaunchOptions()
                .setExecutablePath(Path.of(path))
                .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage")));
    }

    @AfterAll
    static void stop() {
        playwright.close();
    }

    @BeforeEach
    void newBrowser() {
        for (JsonNode passkey : world.passkeys(world.alice)) {
            world.keycloak.change("DELETE", credentials() + "/" + passkey.path("id").asText(), "");
        }
        newDevice();
    }

    /** A browser, and an authenticator in it that has nothing yet. */
    private void newDevice() {
        context = chromium.newContext();
        context.setDefaultTimeout(30_000);
        context.onRequest(request -> {
            if (request.url().startsWith(Login.REDIRECT) && request.url().contains("code=")) {
                codes.add(request.url());
            }
        });
        page = context.newPage();
        // Keycloak wants a name that the user has not given yet.
        page.onDialog(dialog -> dialog.accept("passkey " + UUID.randomUUID()));
        var devtools = context.newCDPSession(page);
        devtools.send("WebAuthn.enable");
        var options = new JsonObject();
        options.addProperty("protocol", "ctap2");
        options.addProperty("transport", "internal");
        options.addProperty("hasResidentKey", true);
        options.addProperty("hasUserVerification", true);
        options.addProperty("isUserVerified", true);
        options.addProperty("automaticPresenceSimulation", true);
        var add = new JsonObject();
        add.add("options", options);
        devtools.send("WebAuthn.addVirtualAuthenticator", add);
    }

    @AfterEach
    void close() {
        context.close();
    }

    private static String credentials() {
        return "/admin/realms/" + world.realm.name() + "/users/" + world.alice + "/credentials";
    }

    private void begin(String more) {
        page.navigate(Login.start(world.keycloak, world.realm, "portal") + more);
        page.waitForLoadState(LoadState.NETWORKIDLE);
    }

    private void signIn(String more) {
        begin(more);
        page.fill("#username", "alice");
        page.fill("#password", "alice");
        page.click("#kc-login");
    }

    private void register() {
        page.waitForSelector("#registerWebAuthn");
        page.waitForLoadState(LoadState.NETWORKIDLE);
        page.click("#registerWebAuthn");
    }

    private void capture(String button) {
        page.waitForSelector("#countersign-capture");
        Page camera = context.waitForPage(() -> page.click("#countersign-capture"));
        camera.click(button);
    }

    private void isDone() {
        page.waitForCondition(() -> !codes.isEmpty());
    }

    private void enrolled() {
        signIn(ENROL);
        register();
        capture("#my-face");
        isDone();
        codes.clear();
    }

    @Test
    void aPasskeyIsKeptOnceItsPersonWasSeen() {
        signIn(ENROL);
        register();
        page.waitForSelector("#countersign-capture");
        assertEquals(List.of(), world.passkeys(world.alice), "it has to wait");
        capture("#my-face");
        isDone();
        assertEquals(1, world.passkeys(world.alice).size());
        String code = codes.get(0).replaceFirst(".*[?&]code=([^&]+).*", "$1");
        JsonNode token = world.keycloak.token(world.realm, "portal", code, Login.REDIRECT);
        assertEquals("[\"face\",\"user\",\"pop\"]", token.path("amr").toString());
    }

    @Test
    void somebodyElseEnrolsNothing() {
        enrolled();
        assertEquals(1, world.passkeys(world.alice).size());
        context.close();
        newDevice();
        signIn(ENROL);
        register();
        capture("#someone-else");
        assertThat(page.locator("#kc-error-message")).isVisible();
        assertEquals(1, world.passkeys(world.alice).size());
        assertTrue(codes.isEmpty());
    }

    @Test
    void anOrchestratorThatDoesNotCompleteLeavesNothingStored() {
        signIn(ENROL);
        register();
        page.waitForSelector("#countersign-capture");
        world.faces.gate.is(Mode.DROP, "/complete");
        try {
            capture("#my-face");
            assertThat(page.locator("#kc-error-message")).isVisible();
        } finally {
            world.faces.gate.is(Mode.PASS, "");
        }
        assertEquals(List.of(), world.passkeys(world.alice));
        assertTrue(codes.isEmpty());
    }

    @Test
    void keycloaksOwnRegistrationStoresNothing() {
        String own = "webauthn-register-passwordless";
        world.keycloak.change(
                "POST",
                "/admin/realms/" + world.realm.name() + "/authentication/register-required-action",
                "{\"providerId\":\"" + own + "\",\"name\":\"Keycloak's own\"}");
        signIn("&kc_action=" + own);
        register();
        assertThat(page.locator("body")).containsText("registration_unverified");
        assertEquals(List.of(), world.passkeys(world.alice));
    }

    @Test
    void aPasskeySignsInAfterwards() {
        enrolled();
        context.clearCookies();
        begin("");
        isDone();
    }

    @Test
    void whatWasLostIsReplacedAndGoodForNothing() {
        enrolled();
        String lost = world.passkeys(world.alice).get(0).path("id").asText();
        context.close();
        newDevice();
        recover();
        capture("#my-face");
        register();
        isDone();
        List<JsonNode> now = world.passkeys(world.alice);
        assertEquals(1, now.size());
        assertFalse(now.get(0).path("id").asText().equals(lost));
    }

    @Test
    void somebodyElseRecoversNothing() {
        enrolled();
        String kept = world.passkeys(world.alice).get(0).path("id").asText();
        context.close();
        newDevice();
        recover();
        capture("#someone-else");
        assertThat(page.locator("#kc-error-message")).containsText("did not recognise you");
        assertEquals(kept, world.passkeys(world.alice).get(0).path("id").asText());
        assertEquals(0, page.locator("#registerWebAuthn").count());
        assertTrue(codes.isEmpty());
    }

    private void recover() {
        begin("");
        page.click("text=Forgot Password?");
        page.fill("#username", "alice");
        page.click("[type=submit]");
    }
}
