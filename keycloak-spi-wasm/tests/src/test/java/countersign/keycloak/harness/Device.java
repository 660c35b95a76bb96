package countersign.keycloak.harness;

import com.google.gson.JsonObject;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a person has in hand: headless Chromium, with a page open in it.
 *
 * <p>Each is a Chromium of its own, which ends as one: a page or a context that has a virtual authenticator, closed
 * while the browser goes on, can keep Playwright waiting for ever.
 */
public final class Device implements AutoCloseable {
    /** Keycloak wants the counter of a credential to grow, from one device to the next. */
    private static final AtomicInteger COUNTER = new AtomicInteger(1);

    private final Browser chromium;
    private final BrowserContext context;
    private final Page page;
    private final List<String> codes = new ArrayList<>();
    private CDPSession devtools;

    public Device(Playwright playwright) {
        this(playwright, new Browser.NewContextOptions());
    }

    public Device(Playwright playwright, Browser.NewContextOptions options) {
        chromium = playwright.chromium().launch(new BrowserType.LaunchOptions()
                .setExecutablePath(Path.of(System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium")))
                .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage")));
        context = chromium.newContext(options);
        context.setDefaultTimeout(60_000);
        // Nobody listens there: what counts is that the browser is sent there, and with what.
        context.onRequest(request -> {
            if (request.url().startsWith(Login.REDIRECT) && request.url().contains("code=")) {
                codes.add(request.url().replaceFirst(".*[?&]code=([^&]+).*", "$1"));
            }
        });
        page = context.newPage();
    }

    public Page page() {
        return page;
    }

    public BrowserContext context() {
        return context;
    }

    /** The codes that Keycloak sent this browser back to the application with. */
    public List<String> codes() {
        return List.copyOf(codes);
    }

    /** Waits until there is a code, and gives it once. */
    public String signedIn() {
        page.waitForCondition(() -> !codes.isEmpty());
        return codes.remove(0);
    }

    public boolean hasSession() {
        return context.cookies().stream().anyMatch(cookie -> cookie.name.equals("KEYCLOAK_IDENTITY"));
    }

    /** On the page of a step-up: follows the same-device link, answers the camera, and looks at the page again. */
    public void capture(String button) {
        page.waitForSelector("#countersign-capture");
        Page camera = context.waitForPage(() -> page.click("#countersign-capture"));
        camera.click(button);
        // A page that nobody looks at can create no credential (WebAuthn section 5.1.3, step 3).
        page.bringToFront();
    }

    /** A platform authenticator that verifies its user and agrees to everything. Returns its id. */
    public String authenticator() {
        devtools = context.newCDPSession(page);
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
        return devtools.send("WebAuthn.addVirtualAuthenticator", add).get("authenticatorId").getAsString();
    }

    /** An authenticator that holds this already. */
    public void authenticator(Passkey passkey, String user, boolean discoverable) {
        var stored = new JsonObject();
        stored.addProperty("authenticatorId", authenticator());
        var credential = new JsonObject();
        credential.addProperty("credentialId", base64(passkey.id()));
        credential.addProperty("isResidentCredential", discoverable);
        credential.addProperty("rpId", "localhost");
        credential.addProperty("privateKey", base64(passkey.privateKey()));
        if (discoverable) {
            credential.addProperty("userHandle", base64(user.getBytes(StandardCharsets.UTF_8)));
        }
        credential.addProperty("signCount", COUNTER.getAndAdd(10));
        stored.add("credential", credential);
        devtools.send("WebAuthn.addCredential", stored);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Override
    public void close() {
        chromium.close();
    }
}
