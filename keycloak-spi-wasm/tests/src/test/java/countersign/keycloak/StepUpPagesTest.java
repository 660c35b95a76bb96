package countersign.keycloak;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.zxing.BinaryBitmap;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.StepUpRealm;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The pages of a biometric step-up, as people see them. */
class StepUpPagesTest {
    private static StepUpRealm world;
    private static Playwright playwright;
    private static Browser chromium;

    private final List<BrowserContext> contexts = new ArrayList<>();
    private final Set<BrowserContext> signedIn = new HashSet<>();
    private final List<String> complaints = new ArrayList<>();

    @BeforeAll
    static void start() {
        world = StepUpRealm.start();
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

    @AfterEach
    void close() {
        contexts.forEach(BrowserContext::close);
    }

    private BrowserContext browser(Browser.NewContextOptions options) {
        BrowserContext context = chromium.newContext(options);
        context.setDefaultTimeout(30_000);
        // Nobody listens there: what counts is that the browser is sent there, and with what.
        context.onRequest(request -> {
            if (request.url().startsWith(Login.REDIRECT) && request.url().contains("code=")) {
                signedIn.add(context);
            }
        });
        contexts.add(context);
        return context;
    }

    private Page signIn(Browser.NewContextOptions options) {
        Page page = browser(options).newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.add(message.text());
            }
        });
        page.navigate(Login.start(world.keycloak, world.realm, "payroll"));
        page.fill("#username", "ada");
        page.fill("#password", "correct horse");
        page.click("#kc-login");
        page.waitForSelector("#countersign-step-up");
        return page;
    }

    /** On a page that the same-device link opens. */
    private static void capture(Page page, String button) {
        Page camera = page.context().waitForPage(() -> page.click("#countersign-capture"));
        camera.click(button);
    }

    private void isSignedIn(Page page) {
        page.waitForCondition(() -> signedIn.contains(page.context()));
    }

    private static boolean hasSession(Page page) {
        return page.context().cookies().stream()
                .anyMatch(cookie -> cookie.name.equals("KEYCLOAK_IDENTITY"));
    }

    @Test
    void onTheSameDevice() {
        Page page = signIn(new Browser.NewContextOptions());
        assertThat(page.locator("#countersign-status")).hasText("Waiting for the check.");
        capture(page, "#my-face");
        isSignedIn(page);
        assertTrue(hasSession(page));
    }

    @Test
    void somebodyElseEndsOnAPageThatSaysSo() {
        Page page = signIn(new Browser.NewContextOptions());
        String address = page.url();
        capture(page, "#someone-else");
        assertThat(page.locator("#kc-error-message")).containsText("did not recognise you");
        assertFalse(hasSession(page));
        JsonNode event = world.keycloak.lastFailure(world.realm);
        assertEquals("biometric_mismatch", event.path("details").path("countersign_code").asText(), event::toString);
        page.navigate(address);
        assertThat(page.locator("#countersign-step-up")).hasCount(0);
        assertFalse(hasSession(page));
    }

    @Test
    void onAPhoneAndThisPageGoesOnByItself() throws Exception {
        Page page = signIn(new Browser.NewContextOptions());
        String address = scanned(page);
        assertTrue(address.startsWith(world.ours("phone#")), address);
        Page phone = browser(new Browser.NewContextOptions().setViewportSize(390, 800)).newPage();
        phone.navigate(address);
        assertThat(phone.locator("#countersign-number")).isFocused();
        assertFalse(phone.url().contains(URI.create(address).getFragment()), "the token left the address");
        phone.keyboard().type(page.locator("#countersign-number").innerText());
        phone.keyboard().press("Enter");
        assertThat(phone.locator("#countersign-asked-client")).hasText("The payroll");
        assertThat(phone.locator("#countersign-capture")).isFocused();
        phone.keyboard().press("Enter");
        phone.click("#my-face");
        isSignedIn(page);
        assertTrue(hasSession(page));
        assertFalse(hasSession(phone));
    }

    /** What a camera reads of the picture on the screen. */
    private static String scanned(Page page) throws Exception {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(page.locator("#countersign-qr").screenshot()));
        int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        var source = new RGBLuminanceSource(image.getWidth(), image.getHeight(), pixels);
        return new QRCodeReader().decode(new BinaryBitmap(new HybridBinarizer(source))).getText();
    }

    @Test
    void aWrongNumberOnThePhone() throws Exception {
        Page page = signIn(new Browser.NewContextOptions());
        Page phone = browser(new Browser.NewContextOptions()).newPage();
        phone.navigate(scanned(page));
        String number = page.locator("#countersign-number").innerText();
        phone.fill("#countersign-number", number.equals("00") ? "01" : "00");
        phone.click("#countersign-send");
        assertThat(phone.locator("#countersign-status")).containsText("cannot be used");
        capture(page, "#my-face");
        isSignedIn(page);
    }

    @Test
    void thisWasNotMeOnThePhone() throws Exception {
        Page page = signIn(new Browser.NewContextOptions());
        Page phone = browser(new Browser.NewContextOptions()).newPage();
        phone.navigate(scanned(page));
        phone.fill("#countersign-number", page.locator("#countersign-number").innerText());
        phone.click("#countersign-send");
        phone.click("#countersign-not-me");
        assertThat(page.locator("#kc-error-message")).containsText("was not completed");
        assertFalse(hasSession(page));
    }

    @Test
    void withoutJavaScript() {
        Page page = signIn(new Browser.NewContextOptions().setJavaScriptEnabled(false));
        page.click("#countersign-continue");
        assertThat(page.locator("body")).containsText("The check is not finished yet.");
        capture(page, "#my-face");
        page.click("#countersign-continue");
        isSignedIn(page);
    }

    @Test
    void byKeyboardAlone() {
        Page page = signIn(new Browser.NewContextOptions());
        page.locator("#countersign-capture").focus();
        page.keyboard().press("Tab");
        assertThat(page.locator("#countersign-continue")).isFocused();
        page.keyboard().press("Tab");
        assertThat(page.locator("#countersign-cancel")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("#kc-error-message")).containsText("was not completed");
    }

    /** Keycloak's own inline scripts are refused then; ours, and a page without WebAssembly, go on. */
    @Test
    void underAStrictPolicy() throws Exception {
        String before = world.policy("default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self'; frame-ancestors 'self'");
        try {
            Page page = signIn(new Browser.NewContextOptions());
            Page phone = browser(new Browser.NewContextOptions()).newPage();
            var complained = new ArrayList<String>();
            phone.onConsoleMessage(message -> complained.add(message.text()));
            phone.navigate(scanned(page));
            phone.fill("#countersign-number", page.locator("#countersign-number").innerText());
            phone.click("#countersign-send");
            phone.click("#countersign-capture");
            phone.click("#my-face");
            isSignedIn(page);
            complained.addAll(complaints);
            assertEquals(List.of(), complained.stream().filter(text -> text.contains("countersign")).toList());
        } finally {
            world.policy(before);
        }
    }

    @Test
    void inGerman() {
        Page page = signIn(new Browser.NewContextOptions().setLocale("de-DE"));
        assertThat(page.locator("#kc-page-title")).hasText("Bestätigen Sie, dass Sie es sind");
        assertThat(page.locator("#countersign-continue")).hasText("Weiter");
        Page phone = browser(new Browser.NewContextOptions().setLocale("de-DE")).newPage();
        phone.navigate(world.ours("phone"));
        assertThat(phone.locator("#kc-page-title")).hasText("Anmeldung bestätigen");
        assertThat(phone.locator("#countersign-status")).containsText("gilt nicht");
        assertFalse(phone.locator("body").innerText().contains("countersign"), "a key without a text");
        assertFalse(page.locator("body").innerText().contains("countersign"), "a key without a text");
    }
}
