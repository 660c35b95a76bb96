package countersign.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import countersign.keycloak.harness.Gate.Mode;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.StepUpPage;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the pages of a step-up ask for, by somebody who asks otherwise. */
class StepUpEndpointsTest extends StepUps {
    @Test
    void onlyTheBrowserAndTheTabThatStartedItFollowAStep() throws InterruptedException {
        StepUpPage page = page();
        assertEquals("pending", page.follow());
        assertEquals("1", page.browser.header("retry-after"));
        assertNull(StepUpPage.follow(new Login(keycloak, realm, CLIENT), page.status));
        assertNull(StepUpPage.follow(signIn(), page.status));
        assertNull(StepUpPage.follow(page.browser, page.status.replaceFirst("tab=.*", "tab=other")));
        assertNull(StepUpPage.follow(page.browser, page.status.replaceFirst("\\?tab=.*", "")));
        assertNull(StepUpPage.follow(page.browser, page.status.replaceFirst("steps/...", "steps/AAA")));
        long asked = faces.gate.heard("GET /v1/sessions/");
        Instant start = Instant.now();
        for (int time = 0; time < 40; time++) {
            page.follow();
        }
        long seconds = Duration.between(start, Instant.now()).toSeconds() + 2;
        assertTrue(faces.gate.heard("GET /v1/sessions/") - asked <= seconds, "asked more than once a second");
        faces.capture(page.capture, "mine");
        assertEquals("matched", world.outcome(page));
        assertNotNull(page.post(page.secret).code());
    }

    @Test
    void aSilentOrchestratorHoldsNobodyUp() {
        StepUpPage page = page();
        faces.gate.is(Mode.HANG, "GET /v1/sessions/");
        for (int time = 0; time < 5; time++) {
            Instant start = Instant.now();
            assertEquals("pending", page.follow());
            assertTrue(Duration.between(start, Instant.now()).toMillis() < 1000);
        }
    }

    @Test
    void aPhoneTakesItOverWithTheNumber() throws InterruptedException {
        Login browser = signIn();
        StepUpPage page = new StepUpPage(browser);
        String token = URI.create(StepUpPage.phone(browser)).getFragment();
        String number = StepUpPage.number(browser);
        Login phone = new Login(keycloak, realm, CLIENT);
        JsonNode told = StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", number));
        assertEquals(page.capture, told.path("client").path("captureUrl").asText(), told::toString);
        assertEquals("The payroll", told.path("asked").path("client").asText());
        assertFalse(told.path("asked").path("from").asText().isEmpty());
        StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", number));
        assertEquals(403, phone.status(), "a token is good once");
        faces.capture(told.path("client").path("captureUrl").asText(), "mine");
        assertEquals("matched", world.outcome(page));
        assertNotNull(page.post(page.secret).code());
    }

    @Test
    void aWrongNumberSpendsTheTokenAndLeavesThisDevice() {
        Login browser = signIn();
        StepUpPage page = new StepUpPage(browser);
        String token = URI.create(StepUpPage.phone(browser)).getFragment();
        String number = StepUpPage.number(browser);
        String wrong = number.equals("00") ? "01" : "00";
        Login phone = new Login(keycloak, realm, CLIENT);
        for (String guess : List.of(wrong, number)) {
            JsonNode told = StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", guess));
            assertEquals(403, phone.status());
            assertEquals("{\"code\":\"ceremony_unknown\"}", told.toString());
        }
        StepUpPage.post(phone, world.ours("phone/cancel"), Map.of("token", token));
        assertEquals(403, phone.status(), "who did not know the number cannot cancel");
        faces.capture(page.capture, "mine");
        assertNotNull(page.post(page.secret).code());
    }

    @Test
    void thisWasNotMe() throws InterruptedException {
        Login browser = signIn();
        StepUpPage page = new StepUpPage(browser);
        String token = URI.create(StepUpPage.phone(browser)).getFragment();
        Login phone = new Login(keycloak, realm, CLIENT);
        StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", StepUpPage.number(browser)));
        faces.capture(page.capture, "mine");
        StepUpPage.post(phone, world.ours("phone/cancel"), Map.of("token", token));
        assertEquals(204, phone.status());
        assertEquals("cancelled", page.follow());
        isRefused(page.post(page.secret), 403, "verdict_failed");
    }

    @Test
    void thisBrowserCancels() {
        StepUpPage page = matched();
        StepUpPage.post(new Login(keycloak, realm, CLIENT), page.status.replace("?", "/cancel?"), Map.of());
        assertEquals("pending", page.follow(), "another browser cancels nothing");
        StepUpPage.post(page.browser, page.status.replace("?", "/cancel?"), Map.of());
        assertEquals(204, page.browser.status());
        isRefused(page.post(page.secret), 403, "verdict_failed");
    }

    @Test
    void noQrCodeWhereOnlyThisDeviceMay() {
        Login browser = new Login(keycloak, realm, "this-device").password("ada", "correct horse");
        StepUpPage page = new StepUpPage(browser);
        assertFalse(browser.body().contains("countersign-qr"), browser.body());
        faces.capture(page.capture, "mine");
        assertNotNull(page.post(page.secret).code());
    }

    @Test
    void whatAPhonePostsIsReadStrictly() {
        Login browser = signIn();
        String token = URI.create(StepUpPage.phone(browser)).getFragment();
        String number = StepUpPage.number(browser);
        Login phone = new Login(keycloak, realm, CLIENT);
        String right = "{\"token\":\"" + token + "\",\"number\":\"" + number + "\"}";
        record Row(String type, String body, String origin, int status) {}
        for (Row row : List.of(
                new Row("application/x-www-form-urlencoded", "token=" + token + "&number=" + number, null, 415),
                new Row("text/plain", right, null, 415),
                new Row("application/json", right, "https://evil.example", 400),
                new Row("application/json", right, "null", 400),
                new Row("application/json", right.replace("}", ",\"more\":\"\"}"), null, 400),
                new Row("application/json", right.replace("}", ",\"number\":\"00\"}"), null, 400),
                new Row("application/json", right + "{}", null, 400),
                new Row("application/json", right.replace("\"" + number + "\"", "7"), null, 400),
                new Row("application/json", "[]", null, 400),
                new Row("application/json", "", null, 400),
                new Row("application/json", right + " ".repeat(2000), null, 400))) {
            var request = HttpRequest.newBuilder(URI.create(world.ours("phone/consume")))
                    .header("Content-Type", row.type)
                    .POST(HttpRequest.BodyPublishers.ofString(row.body));
            if (row.origin != null) {
                request.header("Origin", row.origin);
            }
            phone.request(request);
            assertEquals(row.status, phone.status(), row + " " + phone.body());
        }
        StepUpPage.post(phone, world.ours("phone/consume"), Map.of("token", token, "number", number), "Origin", keycloak.url());
        assertEquals(200, phone.status(), "none of it spent the token");
    }

    @Test
    void aRealmWithoutAConfigurationHasNoneOfIt() {
        Login browser = new Login(keycloak, keycloak.plain, "autofill");
        for (String path : List.of("phone", "steps/" + "A".repeat(43) + "?tab=x")) {
            browser.get(keycloak.url() + "/realms/plain/countersign/" + path);
            assertEquals(404, browser.status());
        }
    }
}
