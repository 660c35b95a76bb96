package countersign.keycloak;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.LoadState;
import countersign.keycloak.harness.Device;
import countersign.keycloak.harness.Keycloak;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.Realm;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Chromium with a virtual authenticator: Keycloak's own pages and scripts, and what they make of our answers. */
class BrowserTest {
    private static Playwright playwright;

    private final Keycloak keycloak = Keycloak.start();
    private Device device;
    private Page page;

    @BeforeAll
    static void open() {
        playwright = Playwright.create();
    }

    @AfterAll
    static void close() {
        playwright.close();
    }

    @BeforeEach
    void newDevice() {
        device = new Device(playwright);
        page = device.page();
    }

    @AfterEach
    void closeDevice() {
        device.close();
    }

    @Test
    void aPasskeySignsInThroughOurAuthenticator() {
        Realm realm = keycloak.guarded;
        passkey(realm);
        visit(realm, "countersigned-passkey");
        page.click("#authenticateWebAuthnButton");
        isSignedIn(realm, "countersigned-passkey");
    }

    @Test
    void aSecurityKeySignsInAsTheSecondStep() {
        Realm realm = keycloak.guarded;
        securityKey(realm);
        visit(realm, "countersigned-key");
        page.fill("#username", "grace");
        page.fill("#password", "correct horse");
        page.click("#kc-login");
        page.waitForSelector("#authenticateWebAuthnButton");
        page.waitForLoadState(LoadState.NETWORKIDLE);
        page.click("#authenticateWebAuthnButton");
        isSignedIn(realm, "countersigned-key");
    }

    @Test
    void autofillSignsInByItself() {
        Realm realm = keycloak.guarded;
        passkey(realm);
        page.navigate(url(realm, "autofill"));
        isSignedIn(realm, "autofill");
    }

    @Test
    void autofillGoesThroughTheChokePoint() {
        Realm realm = keycloak.guarded;
        tamperOnce();
        passkey(realm);
        page.waitForResponse(
                response -> response.request().method().equals("POST"), () -> page.navigate(url(realm, "autofill")));
        assertEquals(
                "countersign: malformed_request (a field twice)",
                keycloak.lastFailure(realm).path("details").path("web_authn_authentication_error_detail").asText());
        isNotSignedIn();
    }

    @Test
    void aRefusalEndsTheSignInAndTellsThePerson() {
        Realm realm = keycloak.guarded;
        tamperOnce();
        passkey(realm);
        visit(realm, "countersigned-passkey");
        String action = (String) page.evaluate("document.getElementById('webauth').action");
        page.click("#authenticateWebAuthnButton");
        assertThat(page.locator("body")).containsText("Your sign-in was refused");
        assertEquals(
                "malformed_request",
                keycloak.lastFailure(realm).path("details").path("countersign_code").asText());
        isNotSignedIn();
        page.navigate(action);
        assertEquals(0, page.locator("#authenticateWebAuthnButton").count());
        isNotSignedIn();
        assertTrue(page.content().toLowerCase().contains("error") || page.content().contains("sorry"), page::content);
    }

    /** On the wire, the first assertion gets a second signature; there is no other assertion. */
    private void tamperOnce() {
        var posts = new AtomicInteger();
        page.route(Pattern.compile(".*/login-actions/authenticate.*"), route -> {
            if (!route.request().method().equals("POST")) {
                route.resume();
            } else if (posts.incrementAndGet() == 1) {
                route.resume(new Route.ResumeOptions()
                        .setPostData(route.request().postData() + "&signature=AAAA"));
            } else {
                route.abort();
            }
        });
    }

    private void passkey(Realm realm) {
        device.authenticator(realm.grace().passkey(), realm.grace().id(), true);
    }

    /** One that has to be asked for by its id: autofill would offer the other kind, again and again. */
    private void securityKey(Realm realm) {
        device.authenticator(realm.grace().key(), realm.grace().id(), false);
    }

    /** A click before the page's script is there would be lost. */
    private void visit(Realm realm, String client) {
        page.navigate(url(realm, client));
        page.waitForLoadState(LoadState.NETWORKIDLE);
    }

    private String url(Realm realm, String client) {
        return Login.start(keycloak, realm, client);
    }

    private void isSignedIn(Realm realm, String client) {
        JsonNode token = keycloak.token(realm, client, device.signedIn(), Login.REDIRECT);
        assertEquals(realm.grace().id(), token.path("sub").asText());
    }

    private void isNotSignedIn() {
        assertFalse(device.hasSession());
        assertEquals(List.of(), device.codes());
    }
}
