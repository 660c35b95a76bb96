package countersign.keycloak;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.LoadState;
import countersign.keycloak.harness.Device;
import countersign.keycloak.harness.ExampleRealm;
import countersign.keycloak.harness.Gate.Mode;
import countersign.keycloak.harness.Login;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A passkey is kept once its person was seen, and one that was lost is replaced, in Chromium with a virtual authenticator. */
class EnrolmentTest {
    private static final String ENROL = "&kc_action=countersign-enrol";

    private static ExampleRealm world;
    private static Playwright playwright;

    private Device device;
    private Page page;

    @BeforeAll
    static void start() {
        world = ExampleRealm.start();
        playwright = Playwright.create();
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
        device = new Device(playwright);
        page = device.page();
        // Keycloak wants a name that the user has not given yet.
        page.onDialog(dialog -> dialog.accept("passkey " + UUID.randomUUID()));
        device.authenticator();
    }

    @AfterEach
    void close() {
        device.close();
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

    private void enrolled() {
        signIn(ENROL);
        register();
        device.capture("#my-face");
        device.signedIn();
    }

    @Test
    void aPasskeyIsKeptOnceItsPersonWasSeen() {
        signIn(ENROL);
        register();
        page.waitForSelector("#countersign-capture");
        assertEquals(List.of(), world.passkeys(world.alice), "it has to wait");
        device.capture("#my-face");
        String code = device.signedIn();
        assertEquals(1, world.passkeys(world.alice).size());
        JsonNode token = world.keycloak.token(world.realm, "portal", code, Login.REDIRECT);
        assertEquals("[\"face\",\"user\",\"pop\"]", token.path("amr").toString());
    }

    @Test
    void somebodyElseEnrolsNothing() {
        enrolled();
        assertEquals(1, world.passkeys(world.alice).size());
        device.close();
        newDevice();
        signIn(ENROL);
        register();
        device.capture("#someone-else");
        assertThat(page.locator("#kc-error-message")).isVisible();
        assertEquals(1, world.passkeys(world.alice).size());
        assertEquals(List.of(), device.codes());
    }

    @Test
    void anOrchestratorThatDoesNotCompleteLeavesNothingStored() {
        signIn(ENROL);
        register();
        page.waitForSelector("#countersign-capture");
        world.faces.gate.is(Mode.DROP, "/complete");
        try {
            device.capture("#my-face");
            assertThat(page.locator("#kc-error-message")).isVisible();
        } finally {
            world.faces.gate.is(Mode.PASS, "");
        }
        assertEquals(List.of(), world.passkeys(world.alice));
        assertEquals(List.of(), device.codes());
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
        device.context().clearCookies();
        begin("");
        device.signedIn();
    }

    @Test
    void whatWasLostIsReplacedAndGoodForNothing() {
        enrolled();
        String lost = world.passkeys(world.alice).get(0).path("id").asText();
        device.close();
        newDevice();
        recover();
        device.capture("#my-face");
        register();
        device.signedIn();
        List<JsonNode> now = world.passkeys(world.alice);
        assertEquals(1, now.size());
        assertFalse(now.get(0).path("id").asText().equals(lost));
    }

    @Test
    void somebodyElseRecoversNothing() {
        enrolled();
        String kept = world.passkeys(world.alice).get(0).path("id").asText();
        device.close();
        newDevice();
        recover();
        device.capture("#someone-else");
        assertThat(page.locator("#kc-error-message")).containsText("did not recognise you");
        assertEquals(kept, world.passkeys(world.alice).get(0).path("id").asText());
        assertEquals(0, page.locator("#registerWebAuthn").count());
        assertEquals(List.of(), device.codes());
    }

    private void recover() {
        begin("");
        page.click("text=Forgot Password?");
        page.fill("#username", "alice");
        page.click("[type=submit]");
    }
}
