package countersign.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import countersign.keycloak.harness.FaceCheck;
import countersign.keycloak.harness.Gate.Mode;
import countersign.keycloak.harness.Keycloak;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.Realm;
import countersign.keycloak.harness.StepUpPage;
import countersign.keycloak.harness.StepUpRealm;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** Sign-ins of Ada's that wait for her face, and how each can end. */
abstract class StepUps {
    static final String CLIENT = "payroll";

    static StepUpRealm world;
    static Keycloak keycloak;
    static Realm realm;
    static FaceCheck faces;

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

    static Login signIn() {
        return new Login(keycloak, realm, CLIENT).password("ada", "correct horse");
    }

    static StepUpPage page() {
        return new StepUpPage(signIn());
    }

    static StepUpPage matched() {
        StepUpPage page = page();
        faces.capture(page.capture, "mine");
        return page;
    }

    /** Nobody is signed in, nothing is told, and the page does not come back. */
    static void isRefused(Login browser, int status, String code) {
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

    static void staysRefused(StepUpPage page) {
        page.browser.get(page.action);
        assertFalse(StepUpPage.isShownBy(page.browser), page.browser.body());
        assertNull(page.browser.code());
        page.post(page.secret);
        assertNull(page.browser.code());
        assertFalse(page.browser.isSignedIn());
    }
}
