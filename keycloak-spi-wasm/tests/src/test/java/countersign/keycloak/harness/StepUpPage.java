package countersign.keycloak.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The page of a biometric step-up, in the hands of somebody who posts what they want. */
public final class StepUpPage {
    private static final Pattern ACTION = Pattern.compile("<form id=\"countersign-step-up\"[^>]* action=\"([^\"]+)\"");
    private static final Pattern SECRET = Pattern.compile("name=\"countersign_secret\" value=\"([^\"]+)\"");
    private static final Pattern STATUS = Pattern.compile("data-status=\"([^\"]+)\"");
    private static final Pattern CAPTURE = Pattern.compile("href=\"([^\"]+/capture/[^\"]+)\"");
    private static final Pattern PHONE = Pattern.compile("data-text=\"([^\"]+)\"");
    private static final Pattern NUMBER = Pattern.compile("id=\"countersign-number\"[^>]*>(\\d\\d)<");

    private static final ObjectMapper JSON = new ObjectMapper();

    public final Login browser;
    public final String action;
    public final String secret;
    public final String status;
    public final String capture;

    /** What the browser shows now, which must be such a page. */
    public StepUpPage(Login browser) {
        this.browser = browser;
        this.action = browser.found(ACTION);
        this.secret = browser.found(SECRET);
        this.status = browser.found(STATUS);
        this.capture = browser.found(CAPTURE);
    }

    /** Whether a browser shows such a page. */
    public static boolean isShownBy(Login browser) {
        return SECRET.matcher(browser.body()).find();
    }

    /** The address in the QR code. */
    public static String phone(Login browser) {
        return browser.found(PHONE);
    }

    public static String number(Login browser) {
        return browser.found(NUMBER);
    }

    /** Posts the form with this secret. */
    public Login post(String secret) {
        return post(List.of(secret));
    }

    public Login post(List<String> secrets) {
        var fields = new ArrayList<Map.Entry<String, String>>();
        secrets.forEach(secret -> fields.add(Map.entry("countersign_secret", secret)));
        browser.post(action, fields);
        return browser;
    }

    /** What the page is told of the step; null when it is told nothing. */
    public String follow() {
        return follow(browser, status);
    }

    public static String follow(Login browser, String status) {
        browser.get(status);
        return browser.status() == 200 ? json(browser).path("status").asText() : null;
    }

    /** Posts JSON somewhere. */
    public static JsonNode post(Login browser, String url, Map<String, String> body, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.valueToTree(body).toString()));
        if (headers.length > 0) {
            request.headers(headers);
        }
        browser.request(request);
        return json(browser);
    }

    private static JsonNode json(Login browser) {
        try {
            return JSON.readTree(browser.body());
        } catch (IOException e) {
            throw new AssertionError(browser.status() + " " + browser.body(), e);
        }
    }
}
