package countersign.keycloak;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.zxing.BinaryBitmap;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import countersign.keycloak.harness.Device;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.StepUpRealm;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The pages of a biometric step-up, as people see them. */
class StepUpPagesTest {
    private static StepUpRealm world;
    private static Playwright playwright;

    private final List<Device> devices = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

    @BeforeAll
    static void start() {
        world = StepUpRealm.start();
        playwright = Playwright.create();
    }

    @AfterAll
    static void stop() {
        playwright.close();
    }

    @AfterEach
    void close() {
        devices.forEach(Device::close);
    }

    private Device open(Browser.NewContextOptions options) {
        Device device = new Device(playwright, options);
        devices.add(device);
        return device;
    }

    private Device phone() {
        return open(new Browser.NewContextOptions().setViewportSize(390, 800));
    }

    private Device signIn(Browser.NewContextOptions options) {
        Device laptop = open(options);
        Page page = laptop.page();
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
        return laptop;
    }

    @Test
    void onTheSameDevice() {
        Device laptop = signIn(new Browser.NewContextOptions());
        Page page = laptop.page();
        assertThat(page.locator("#countersign-status")).hasText("Waiting for the check.");
        laptop.capture("#my-face");
        laptop.signedIn();
        assertTrue(laptop.hasSession());
    }

    @Test
    void somebodyElseEndsOnAPageThatSaysSo() {
        Device laptop = signIn(new Browser.NewContextOptions());
        Page page = laptop.page();
        String address = page.url();
        laptop.capture("#someone-else");
        assertThat(page.locator("#kc-error-message")).containsText("did not recognise you");
        assertFalse(laptop.hasSession());
        JsonNode event = world.keycloak.lastFailure(world.realm);
        assertEquals("biometric_mismatch", event.path("details").path("countersign_code").asText(), event::toString);
        page.navigate(address);
        assertThat(page.locator("#countersign-step-up")).hasCount(0);
        assertFalse(laptop.hasSession());
    }

    @Test
    void onAPhoneAndThisPageGoesOnByItself() throws Exception {
        Device laptop = signIn(new Browser.NewContextOptions());
        Page page = laptop.page();
        String address = scanned(page);
        assertTrue(address.startsWith(world.ours("phone#")), address);
        Device pocket = phone();
        Page phone = pocket.page();
        phone.navigate(address);
        assertThat(phone.locator("#countersign-number")).isFocused();
        assertFalse(phone.url().contains(URI.create(address).getFragment()), "the token left the address");
        phone.keyboard().type(page.locator("#countersign-number").innerText());
        phone.keyboard().press("Enter");
        assertThat(phone.locator("#countersign-asked-client")).hasText("The payroll");
        assertThat(phone.locator("#countersign-capture")).isFocused();
        phone.keyboard().press("Enter");
        phone.click("#my-face");
        laptop.signedIn();
        assertTrue(laptop.hasSession());
        assertFalse(pocket.hasSession());
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
        Device laptop = signIn(new Browser.NewContextOptions());
        Page page = laptop.page();
        Page phone = phone().page();
        phone.navigate(scanned(page));
        String number = page.locator("#countersign-number").innerText();
        phone.fill("#countersign-number", number.equals("00") ? "01" : "00");
        phone.click("#countersign-send");
        assertThat(phone.locator("#countersign-status")).containsText("cannot be used");
        laptop.capture("#my-face");
        laptop.signedIn();
    }

    @Test
    void thisWasNotMeOnThePhone() throws Exception {
        Device laptop = signIn(new Browser.NewContextOptions());
        Page page = laptop.page();
        Page phone = phone().page();
        phone.navigate(scanned(page));
        phone.fill("#countersign-number", page.locator("#countersign-number").innerText());
        phone.click("#countersign-send");
        phone.click("#countersign-not-me");
        assertThat(page.locator("#kc-error-message")).containsText("was not completed");
        assertFalse(laptop.hasSession());
    }

    @Test
    void withoutJavaScript() {
        Device laptop = signIn(new Browser.NewContextOptions().setJavaScriptEnabled(false));
        Page page = laptop.page();
        page.click("#countersign-continue");
        assertThat(page.locator("body")).containsText("The check is not finished yet.");
        laptop.capture("#my-face");
        page.click("#countersign-continue");
        laptop.signedIn();
    }

    @Test
    void byKeyboardAlone() {
        Device laptop = signIn(new Browser.NewContextOptions());
        Page page = laptop.page();
        page.locator("#countersign-capture").focus();
        page.keyboard().press("Tab");
        assertThat(page.locator("#countersign-continue")).isFocused();
        page.keyboard().press("Tab");
        assertThat(page.locator("#countersign-cancel")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("#kc-error-message")).containsText("was not completed");
    }

    /** By WCAG 2.1, levels A and AA, as far as a program can tell. */
    @Test
    void forAScreenReader() throws Exception {
        Device laptop = signIn(new Browser.NewContextOptions());
        isAccessible(laptop.page(), "where the check can be done");
        Page phone = phone().page();
        phone.navigate(scanned(laptop.page()));
        isAccessible(phone, "the number");
        phone.fill("#countersign-number", laptop.page().locator("#countersign-number").innerText());
        phone.click("#countersign-send");
        assertThat(phone.locator("#countersign-capture")).isFocused();
        isAccessible(phone, "what is asked");
        phone.click("#countersign-not-me");
        assertThat(laptop.page().locator("#kc-error-message")).isVisible();
        isAccessible(laptop.page(), "how it ended");
    }

    private static void isAccessible(Page page, String which) {
        // Keycloak's own page draws the name of who signs in as a field without a label.
        var found = new AxeBuilder(page)
                .exclude("#kc-attempted-username")
                .withTags(List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa"))
                .analyze();
        assertFalse(found.getPasses().isEmpty(), which);
        assertEquals(List.of(), found.getViolations().stream().map(Rule::toString).toList(), which);
    }

    /** Keycloak's own inline scripts are refused then; ours, and a page without WebAssembly, go on. */
    @Test
    void underAStrictPolicy() throws Exception {
        String before = world.policy("default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self'; frame-ancestors 'self'");
        try {
            Device laptop = signIn(new Browser.NewContextOptions());
            Page page = laptop.page();
            Page phone = phone().page();
            var complained = new ArrayList<String>();
            phone.onConsoleMessage(message -> complained.add(message.text()));
            phone.navigate(scanned(page));
            phone.fill("#countersign-number", page.locator("#countersign-number").innerText());
            phone.click("#countersign-send");
            phone.click("#countersign-capture");
            phone.click("#my-face");
            laptop.signedIn();
            complained.addAll(complaints);
            assertEquals(List.of(), complained.stream().filter(text -> text.contains("countersign")).toList());
        } finally {
            world.policy(before);
        }
    }

    @Test
    void inGerman() {
        Device laptop = signIn(new Browser.NewContextOptions().setLocale("de-DE"));
        Page page = laptop.page();
        assertThat(page.locator("#kc-page-title")).hasText("Bestätigen Sie, dass Sie es sind");
        assertThat(page.locator("#countersign-continue")).hasText("Weiter");
        Page phone = open(new Browser.NewContextOptions().setLocale("de-DE")).page();
        phone.navigate(world.ours("phone"));
        assertThat(phone.locator("#kc-page-title")).hasText("Anmeldung bestätigen");
        assertThat(phone.locator("#countersign-status")).containsText("gilt nicht");
        assertFalse(phone.locator("body").innerText().contains("countersign"), "a key without a text");
        assertFalse(page.locator("body").innerText().contains("countersign"), "a key without a text");
    }
}
