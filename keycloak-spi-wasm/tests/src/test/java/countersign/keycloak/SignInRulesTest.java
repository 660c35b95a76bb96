package countersign.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import countersign.keycloak.harness.ExampleRealm;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.StepUpPage;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The example realm: who is asked for their face, and what applications are told. */
class SignInRulesTest {
    private static final Pattern RESET = Pattern.compile("<form id=\"kc-reset-password-form\"[^>]* action=\"([^\"]+)\"");

    private static ExampleRealm world;

    @BeforeAll
    static void start() {
        world = ExampleRealm.start();
    }

    private static Login signIn(String client) {
        return new Login(world.keycloak, world.realm, client).password("alice", "alice");
    }

    private static Login again(Login browser, String client, String more) {
        return followed(browser.get(Login.start(world.keycloak, world.realm, client) + more));
    }

    /** To where Keycloak has something to show, or to say to the application. */
    private static Login followed(Login browser) {
        while (browser.header("location").startsWith(browser.origin())) {
            browser.get(browser.header("location"));
        }
        return browser;
    }

    private static Login lookedAt(Login browser) {
        StepUpPage page = new StepUpPage(browser);
        world.faces.capture(page.capture, "mine");
        return page.post(page.secret);
    }

    private static JsonNode token(Login browser, String client) {
        assertNotNull(browser.code(), () -> browser.status() + " " + browser.body());
        return world.keycloak.token(world.realm, client, browser.code(), Login.REDIRECT);
    }

    @Test
    void noRuleNoQuestion() {
        JsonNode token = token(signIn("portal"), "portal");
        assertEquals("password", token.path("acr").asText());
        assertTrue(token.path("amr").isMissingNode(), token::toString);
    }

    @Test
    void aRuleAsksAndTheEventSaysWhich() {
        Login browser = signIn("payroll");
        assertNull(browser.code());
        JsonNode token = token(lookedAt(browser), "payroll");
        assertEquals("[\"face\",\"user\"]", token.path("amr").toString());
        JsonNode event = world.keycloak.admin("/admin/realms/" + world.realm.name() + "/events?type=LOGIN&max=1").path(0);
        assertEquals("payroll", event.path("details").path("countersign_rule").asText(), event::toString);
    }

    @Test
    void aSessionThatIsThereAlreadyIsNoWayRound() {
        Login browser = signIn("portal");
        assertNotNull(browser.code());
        again(browser, "payroll", "");
        assertNull(browser.code());
        assertNotNull(lookedAt(browser).code());
        assertNotNull(again(browser, "payroll", "").code(), "seen within the rule's max_age");
    }

    @Test
    void whoWasSeenIsStillSomebodyElseInAnotherBrowser() {
        assertNotNull(lookedAt(signIn("payroll")).code());
        assertNull(signIn("payroll").code());
    }

    @Test
    void anApplicationAsksForALevel() {
        Login browser = again(signIn("portal"), "portal", "&acr_values=biometric");
        assertNull(browser.code());
        assertEquals("biometric", token(lookedAt(browser), "portal").path("acr").asText());
    }

    @Test
    void enrollingCanTakeALevel() {
        String config = "/admin/realms/" + world.realm.name() + "/authentication/required-actions/countersign-enrol/config";
        world.keycloak.change("PUT", config, "{\"config\":{\"level\":\"2\"}}");
        try {
            String enrol = "&kc_action=countersign-enrol";
            Login browser = again(signIn("portal"), "portal", enrol);
            assertEquals(403, browser.status(), browser.body());
            assertFalse(browser.body().contains("registerWebAuthn"));
            Login higher = followed(lookedAt(again(signIn("portal"), "portal", enrol + "&acr_values=biometric")));
            assertTrue(higher.body().contains("registerWebAuthn"), higher.body());
        } finally {
            world.keycloak.change("DELETE", config, "");
        }
    }

    @Test
    void withoutAReplacementThereIsNoRecovery() {
        String action = "/admin/realms/" + world.realm.name() + "/authentication/required-actions/countersign-enrol";
        String enabled = world.keycloak.admin(action).toString();
        world.keycloak.change("PUT", action, enabled.replace("\"enabled\":true", "\"enabled\":false"));
        try {
            Login browser = new Login(world.keycloak, world.realm, "portal");
            browser.get(world.keycloak.url() + "/realms/" + world.realm.name() + "/login-actions/reset-credentials?client_id=portal");
            browser.post(browser.found(RESET), List.of(Map.entry("username", "alice")));
            followed(browser);
            assertEquals(403, browser.status(), browser.body());
            assertFalse(StepUpPage.isShownBy(browser));
            assertFalse(browser.isSignedIn());
        } finally {
            world.keycloak.change("PUT", action, enabled);
        }
    }

    @Test
    void somebodyElsesFaceIsNoSession() {
        Login browser = signIn("payroll");
        StepUpPage page = new StepUpPage(browser);
        world.faces.capture(page.capture, "someone_else");
        page.post(page.secret);
        assertNull(browser.code());
        assertFalse(browser.isSignedIn());
        JsonNode details = world.keycloak.lastFailure(world.realm).path("details");
        assertEquals("biometric_mismatch", details.path("countersign_code").asText(), details::toString);
        assertEquals("payroll", details.path("countersign_rule").asText());
    }

    @Test
    void aConfigurationThatDoesNotLoadLetsNobodyIn() {
        try {
            world.configure("{");
            for (String client : new String[] {"portal", "payroll"}) {
                Login browser = signIn(client);
                assertNull(browser.code(), client);
                assertFalse(browser.isSignedIn(), client);
                assertEquals(503, browser.status());
                assertFalse(browser.body().contains("JSON"), browser.body());
            }
        } finally {
            world.configure(world.realm.configuration());
        }
        assertNotNull(signIn("portal").code());
    }

    @Test
    void whatIsOnlyWatchedIsWrittenDown() {
        try {
            world.configure(world.realm.configuration().replace("\"version\"", "\"enforcement\": \"observe\", \"version\""));
            assertNotNull(signIn("payroll").code());
            JsonNode event = world.keycloak.admin("/admin/realms/" + world.realm.name() + "/events?type=LOGIN&max=1").path(0);
            assertEquals("payroll", event.path("details").path("countersign_watched").asText(), event::toString);
            assertEquals("step_up_required", event.path("details").path("countersign_would").asText());
        } finally {
            world.configure(world.realm.configuration());
        }
    }

    @Test
    void aDeviceIsNewOnce() {
        String rule = "{ \"id\": \"new-device\", \"ceremony\": \"sign_in\", \"when\": { \"new_device\": true, \"equals\": true }, \"require\": \"step_up\", \"max_age\": \"1s\" }";
        try {
            world.configure(world.realm.configuration().replaceFirst("\"rules\": \\[", "\"rules\": [" + rule + ","));
            Login browser = signIn("portal");
            assertNull(browser.code(), "never seen here");
            assertNotNull(lookedAt(browser).code());
            browser.forget("KEYCLOAK_IDENTITY", "KEYCLOAK_SESSION", "AUTH_SESSION_ID");
            again(browser, "portal", "").password("alice", "alice");
            assertNotNull(browser.code(), "known by now");
            again(browser, "portal", "");
        } finally {
            world.configure(world.realm.configuration());
        }
    }
}
