package countersign.keycloak;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.LoadState;
import com.sun.net.httpserver.HttpServer;
import countersign.keycloak.harness.Keycloak;
import countersign.keycloak.harness.Passkey;
import countersign.keycloak.harness.Realm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Chromium with a virtual authenticator: Keycloak's own pages and scripts, and what they make of our answers. */
@Tag("authenticator")
class BrowserTest {
    /** Keycloak wants the counter of a credential to grow, from one browser to the next. */
    private static final AtomicInteger COUNTER = new AtomicInteger(1);

    private static Playwright playwright;
    private static Browser browser;
    private static HttpServer application;

    private final Keycloak keycloak = Keycloak.start();
    private BrowserContext context;
    private Page page;
    private CDPSession devtools;

    @BeforeAll
    static void open() throws IOException {
        playwright = Playwright.create();
        String chromium = System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium");
        browser = playwright.chromium().launch(new BrowserType.LaunchOptions()
                .setExecutablePath(Path.of(chromium))
                .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage")));
        application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        application.createContext("/", exchange -> {
            byte[] body = "<!doctype html><title>Application</title>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        application.start();
    }

    @AfterAll
    static void close() {
        application.stop(0);
        playwright.close();
    }

    @BeforeEach
    void newContext() {
        context = browser.newContext();
        page = context.newPage();
        page.setDefaultTimeout(60_000);
        devtools = context.newCDPSession(page);
        devtools.send("WebAuthn.enable");
    }

    @AfterEach
    void closeContext() {
        context.close();
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
        authenticator(realm.grace().passkey(), realm.grace().id(), true);
    }

    /** One that has to be asked for by its id: autofill would offer the other kind, again and again. */
    private void securityKey(Realm realm) {
        authenticator(realm.grace().key(), realm.grace().id(), false);
    }

    private void authenticator(Passkey passkey, String user, boolean resident) {
        var options = new JsonObject();
        options.addProperty("protocol", "ctap2");
        options.addProperty("transport", "internal");
        options.addProperty("hasResidentKey", true);
        options.addProperty("hasUserVerification", true);
        options.addProperty("isUserVerified", true);
        options.addProperty("automaticPresenceSimulation", true);
        var add = new JsonObject();
        add.add("options", options);
        String id = devtools.send("WebAuthn.addVirtualAuthenticator", add).get("authenticatorId").getAsString();
        var credential = new JsonObject();
        credential.addProperty("credentialId", base64(passkey.id()));
        credential.addProperty("isResidentCredential", resident);
        credential.addProperty("rpId", "localhost");
        credential.addProperty("privateKey", base64(passkey.privateKey()));
        if (resident) {
            credential.addProperty("userHandle", base64(user.getBytes(StandardCharsets.UTF_8)));
        }
        credential.addProperty("signCount", COUNTER.getAndAdd(10));
        var stored = new JsonObject();
        stored.addProperty("authenticatorId", id);
        stored.add("credential", credential);
        devtools.send("WebAuthn.addCredential", stored);
    }

    /** A click before the page's script is there would be lost. */
    private void visit(Realm realm, String client) {
        page.navigate(url(realm, client));
        page.waitForLoadState(LoadState.NETWORKIDLE);
    }

    private String url(Realm realm, String client) {
        return keycloak.url() + "/realms/" + realm.name() + "/protocol/openid-connect/auth?response_type=code&scope=openid"
                + "&client_id=" + client + "&redirect_uri=" + URLEncoder.encode(redirect(), StandardCharsets.UTF_8);
    }

    private static String redirect() {
        return "http://localhost:" + application.getAddress().getPort() + "/";
    }

    private void isSignedIn(Realm realm, String client) {
        page.waitForURL(Pattern.compile(Pattern.quote(redirect()) + ".*"));
        var code = Pattern.compile("[?&]code=([^&]+)").matcher(page.url());
        assertTrue(code.find(), page.url());
        assertEquals(
                realm.grace().id(), keycloak.token(realm, client, code.group(1), redirect()).path("sub").asText());
    }

    private void isNotSignedIn() {
        assertTrue(context.cookies().stream().noneMatch(cookie -> cookie.name.equals("KEYCLOAK_IDENTITY")));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
