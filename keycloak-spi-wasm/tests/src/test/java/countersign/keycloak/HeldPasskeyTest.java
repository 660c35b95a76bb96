package countersign.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import countersign.keycloak.harness.FaceCheck;
import countersign.keycloak.harness.Gate.Mode;
import countersign.keycloak.harness.Keycloak;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.Posting;
import countersign.keycloak.harness.Realm;
import countersign.keycloak.harness.StepUpPage;
import countersign.keycloak.harness.StepUpRealm;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A rule wants a verdict beside each passkey: the assertion waits for it, and nowhere gets past it. */
class HeldPasskeyTest {
    private static final String OURS = "countersigned-passkey";
    private static final String RULES =
            "[{\"id\":\"passkeys\",\"ceremony\":\"authentication\",\"require\":\"step_up\",\"acr\":\"urn:example:face\"}]";

    private static Keycloak keycloak;
    private static FaceCheck faces;
    private static Realm realm;

    @BeforeAll
    static void start() throws IOException {
        faces = StepUpRealm.start().faces;
        keycloak = Keycloak.start();
        realm = Realm.of("verdict", faces.configuration(RULES));
        keycloak.create(realm.json());
        faces.enrol(realm.ada().id());
    }

    @AfterEach
    void open() {
        faces.gate.is(Mode.PASS, "");
    }

    /** An assertion that waits, and the page that says so. */
    private record Held(Login browser, StepUpPage page, List<Map.Entry<String, String>> fields) {
        Login post(List<Map.Entry<String, String>> assertion) {
            var form = new ArrayList<>(assertion);
            form.add(Map.entry("countersign_secret", page.secret));
            browser.post(page.action, form);
            return browser;
        }

        Login post() {
            return post(fields);
        }
    }

    private static Held held() {
        var login = new Login(keycloak, realm, OURS);
        var fields = new Posting(login, realm.ada().passkey(), realm.ada().id()).fields();
        login.post(fields);
        assertNull(login.code(), "the assertion has to wait");
        assertFalse(login.isSignedIn());
        return new Held(login, new StepUpPage(login), fields);
    }

    private static void isRefused(Login browser, String code) {
        assertNull(browser.code(), browser.body());
        assertFalse(browser.isSignedIn());
        JsonNode event = keycloak.lastFailure(realm);
        assertEquals(code, event.path("details").path("countersign_code").asText(), event::toString);
    }

    @Test
    void aMatchLetsItGoOnAndTheTokenSaysHow() {
        Held held = held();
        long completed = faces.gate.heard("/complete");
        faces.capture(held.page().capture, "mine");
        Login browser = held.post();
        assertNotNull(browser.code(), browser.body());
        assertEquals(completed + 1, faces.gate.heard("/complete"));
        assertEquals(realm.ada().id(), keycloak.token(realm, OURS, browser.code(), Login.REDIRECT).path("sub").asText());
        JsonNode session = keycloak.admin("/admin/realms/" + realm.name() + "/users/" + realm.ada().id() + "/sessions").path(0);
        assertTrue(session.isObject(), session::toString);
    }

    @Test
    void itWaitsAsLongAsTheCheckDoes() {
        Held held = held();
        Login browser = held.post();
        assertNull(browser.code());
        assertTrue(StepUpPage.isShownBy(browser), browser.body());
        Held again = new Held(browser, new StepUpPage(browser), held.fields());
        faces.capture(held.page().capture, "mine");
        assertNotNull(again.post().code());
    }

    @Test
    void somebodyElsesFaceEndsIt() {
        Held held = held();
        faces.capture(held.page().capture, "someone_else");
        isRefused(held.post(), "biometric_mismatch");
        held.browser().get(held.page().action);
        assertFalse(held.browser().asks());
        assertFalse(StepUpPage.isShownBy(held.browser()));
    }

    @Test
    void anotherAssertionDoesNotTakeItsPlace() {
        Held held = held();
        faces.capture(held.page().capture, "mine");
        var other = new ArrayList<>(held.fields());
        other.replaceAll(field -> field.getKey().equals("signature") ? Map.entry("signature", "AAAA") : field);
        isRefused(held.post(other), "malformed_request");
    }

    @Test
    void loadingThePageAgainBeginsAgain() {
        Held held = held();
        // As Keycloak leaves it in the browser's address: what is to be done is not in it.
        Login browser = held.browser().get(held.page().action.replaceAll("session_code=[^&]*&", ""));
        assertTrue(browser.asks(), browser.body());
        var fields = new Posting(browser, realm.ada().passkey(), realm.ada().id()).fields();
        browser.post(fields);
        Held again = new Held(browser, new StepUpPage(browser), fields);
        faces.capture(held.page().capture, "mine");
        faces.capture(again.page().capture, "mine");
        assertNotNull(again.post().code(), browser.body());
    }

    @Test
    void anotherPagesSecretIsNone() {
        Held held = held();
        faces.capture(held.page().capture, "mine");
        var form = new ArrayList<>(held.fields());
        form.add(Map.entry("countersign_secret", "A".repeat(43)));
        held.browser().post(held.page().action, form);
        isRefused(held.browser(), "ceremony_unknown");
    }

    @Test
    void itIsUsedOnce() {
        Held held = held();
        faces.capture(held.page().capture, "mine");
        Login copy = held.browser().copy();
        assertNotNull(held.post().code());
        long completed = faces.gate.heard("/complete");
        assertNull(new Held(copy, held.page(), held.fields()).post().code());
        assertEquals(completed, faces.gate.heard("/complete"));
    }

    @Test
    void keycloaksOwnPagesLetNobodyPastTheRule() {
        for (String page : List.of("keycloaks-passkey", "autofill")) {
            var login = new Login(keycloak, realm, page);
            login.post(new Posting(login, realm.ada().passkey(), realm.ada().id()).fields());
            assertNull(login.code(), page);
            assertFalse(login.isSignedIn(), page);
            assertEquals(
                    "countersign: step_up_required (no check of this ceremony)",
                    keycloak.lastFailure(realm).path("details").path("web_authn_authentication_error_detail").asText());
        }
    }

    @Test
    void anOrchestratorThatIsGoneLetsNobodyIn() {
        for (Map.Entry<String, String> step : Map.of("/complete", "completion_failed", "GET /v1/sessions", "orchestrator_unavailable").entrySet()) {
            Held held = held();
            faces.capture(held.page().capture, "mine");
            faces.gate.is(Mode.DROP, step.getKey());
            isRefused(held.post(), step.getValue());
            faces.gate.is(Mode.PASS, "");
        }
        faces.gate.is(Mode.DROP, "POST /v1/sessions");
        var login = new Login(keycloak, realm, OURS);
        login.post(new Posting(login, realm.ada().passkey(), realm.ada().id()).fields());
        isRefused(login, "orchestrator_unavailable");
    }
}
