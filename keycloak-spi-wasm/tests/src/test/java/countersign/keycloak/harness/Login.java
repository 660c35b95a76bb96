package countersign.keycloak.harness;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A sign-in as a browser does it, but one that posts what it is told to. */
public final class Login {
    public static final String REDIRECT = "http://localhost/app";

    private static final Pattern WEBAUTHN_FORM = Pattern.compile("<form id=\"webauth\" action=\"([^\"]+)\"");
    private static final Pattern PASSWORD_FORM = Pattern.compile("<form id=\"kc-form-login\"[^>]* action=\"([^\"]+)\"");
    private static final Pattern CHALLENGE = Pattern.compile("challenge\\s*:\\s*\"([A-Za-z0-9_-]+)\"");
    private static final Pattern CODE = Pattern.compile("[?&]code=([^&]+)");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, String> cookies = new LinkedHashMap<>();
    private final String origin;
    private HttpResponse<String> page;

    /** Opens the sign-in page for a client. */
    public Login(Keycloak keycloak, Realm realm, String client) {
        origin = keycloak.url();
        get(start(keycloak, realm, client));
    }

    private Login(Login other) {
        origin = other.origin;
        cookies.putAll(other.cookies);
        page = other.page;
    }

    /** The same browser as it is now: what becomes of one of them, the other does not learn. */
    public Login copy() {
        return new Login(this);
    }

    /** Where a client's sign-in begins. */
    public static String start(Keycloak keycloak, Realm realm, String client) {
        return keycloak.url() + "/realms/" + realm.name() + "/protocol/openid-connect/auth?"
                + form(List.of(
                        Map.entry("client_id", client),
                        Map.entry("response_type", "code"),
                        Map.entry("scope", "openid"),
                        Map.entry("redirect_uri", REDIRECT)));
    }

    /** Takes cookies out of this browser. */
    public void forget(String... names) {
        for (String name : names) {
            cookies.keySet().removeIf(cookie -> cookie.startsWith(name));
        }
    }

    public String origin() {
        return origin;
    }

    /** Posts the password form. */
    public Login password(String username, String password) {
        post(found(PASSWORD_FORM), List.of(Map.entry("username", username), Map.entry("password", password)));
        String next = header("location");
        // What leads to the application is the end: nobody listens there.
        if (next.startsWith(origin)) {
            get(next);
        }
        return this;
    }

    /** The challenge that the page asks to be signed. */
    public String challenge() {
        return found(CHALLENGE);
    }

    /** Where the page posts the assertion to. */
    public String action() {
        return found(WEBAUTHN_FORM);
    }

    /** Posts the page's form. */
    public Login post(List<Map.Entry<String, String>> fields) {
        post(action(), fields);
        return this;
    }

    public Login get(String url) {
        send(HttpRequest.newBuilder(URI.create(url)));
        return this;
    }

    public void post(String url, List<Map.Entry<String, String>> fields) {
        send(HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form(fields))));
    }

    /** Sends any request with this browser's cookies. */
    public Login request(HttpRequest.Builder request) {
        send(request);
        return this;
    }

    /** A header of the last answer; empty when it is not there. */
    public String header(String name) {
        return page.headers().firstValue(name).orElse("");
    }

    public int status() {
        return page.statusCode();
    }

    public String body() {
        return page.body();
    }

    /** Whether the page asks for an assertion. */
    public boolean asks() {
        return WEBAUTHN_FORM.matcher(page.body()).find();
    }

    /** The code that the application is sent, or `null`. */
    public String code() {
        Matcher code = CODE.matcher(page.headers().firstValue("location").orElse(""));
        return code.find() ? code.group(1) : null;
    }

    /** Whether Keycloak knows this browser as signed in. */
    public boolean isSignedIn() {
        return cookies.containsKey("KEYCLOAK_IDENTITY");
    }

    public String found(Pattern pattern) {
        Matcher matcher = pattern.matcher(page.body());
        if (!matcher.find()) {
            throw new AssertionError("no " + pattern + " in " + page.statusCode() + "\n" + page.body());
        }
        return matcher.group(1).replace("&amp;", "&");
    }

    private void send(HttpRequest.Builder request) {
        if (!cookies.isEmpty()) {
            request.header("Cookie", cookies.entrySet().stream()
                    .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                    .collect(Collectors.joining("; ")));
        }
        try {
            page = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        for (String cookie : page.headers().allValues("set-cookie")) {
            String[] pair = cookie.split(";", 2)[0].split("=", 2);
            if (pair[1].isEmpty() || cookie.contains("Max-Age=0")) {
                cookies.remove(pair[0]);
            } else {
                cookies.put(pair[0], pair[1]);
            }
        }
    }

    static String form(List<Map.Entry<String, String>> fields) {
        var pairs = new ArrayList<String>();
        for (var field : fields) {
            pairs.add(encoded(field.getKey()) + "=" + encoded(field.getValue()));
        }
        return String.join("&", pairs);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
