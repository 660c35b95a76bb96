package countersign.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import countersign.keycloak.harness.Keycloak;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.Passkey;
import countersign.keycloak.harness.Posting;
import countersign.keycloak.harness.Realm;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Assertions of an authenticator that signs anything, posted to each page that takes one. */
class AssertionTest {
    private static final String COUNTERSIGNED = "countersigned-passkey";

    /** All pages that take a passkey: ours, Keycloak's own, and the username form with autofill. */
    private static final List<String> PAGES = List.of(COUNTERSIGNED, "keycloaks-passkey", "autofill");

    private final Keycloak keycloak = Keycloak.start();

    private record Attack(String name, UnaryOperator<Posting> change, String code, String reason) {}

    private static final String OTHER = Passkey.base64url(new byte[32]);

    private static final List<Attack> ATTACKS = List.of(
            new Attack("another challenge", p -> p.clientData("\"challenge\":\"", "\"challenge\":\"AAAA"), "ceremony_unknown", "challenge"),
            new Attack(
                    "two challenges, the right one last",
                    p -> p.clientData("\"challenge\":", "\"challenge\":\"" + OTHER + "\",\"challenge\":"),
                    "malformed_credential",
                    "client_data_duplicate"),
            new Attack("a challenge in another case", p -> p.clientData("\"crossOrigin\"", "\"Challenge\":\"AAAA\",\"crossOrigin\""), "malformed_credential", "client_data_case"),
            new Attack("another origin", p -> p.clientData("http://localhost", "http://localhost.evil.example"), "ceremony_mismatch", "origin"),
            new Attack("in somebody's frame", p -> p.clientData("\"crossOrigin\":false", "\"crossOrigin\":true"), "ceremony_mismatch", "cross-origin"),
            new Attack("a registration's client data", p -> p.clientData("webauthn.get", "webauthn.create"), "ceremony_mismatch", "type"),
            new Attack("a byte after the authenticator data", Posting::trailing, "malformed_credential", "authenticator_data_trailing"),
            new Attack("nobody verified", p -> p.flags(Passkey.PRESENT), "user_unverified", "user-verified flag not set"),
            new Attack("nobody present", p -> p.flags(Passkey.VERIFIED), "user_unverified", "user-present flag not set"),
            new Attack(
                    "backed up, but not eligible",
                    p -> p.flags(Passkey.PRESENT | Passkey.VERIFIED | Passkey.BACKED_UP),
                    "malformed_credential",
                    "backup_state"),
            new Attack("another signature", p -> p.field("signature", s -> Passkey.base64url(new byte[70])), "credential_mismatch", "signature"),
            new Attack("padding", p -> p.field("authenticatorData", s -> s + "=="), "malformed_credential", "base64url"),
            new Attack("the signature twice", p -> p.and("signature", "AAAA"), "malformed_request", "a field twice"),
            new Attack("client data twice, the same", p -> p.and("clientDataJSON", p.fields().get(1).getValue()), "malformed_request", "a field twice"),
            new Attack("a signature in another case", p -> p.and("Signature", "AAAA"), "malformed_request", "a field in another case"),
            new Attack("very long", p -> p.field("userHandle", s -> s).and("rememberMe", "on").field("clientDataJSON", s -> "A".repeat(60_000)), "body_too_large", "fields too long"));

    @TestFactory
    Stream<DynamicTest> isRefusedOnEveryPage() {
        return PAGES.stream().flatMap(page -> ATTACKS.stream()
                .map(attack -> DynamicTest.dynamicTest(attack.name() + ", " + page, () -> isRefused(page, attack))));
    }

    private void isRefused(String page, Attack attack) {
        Realm realm = keycloak.guarded;
        int before = keycloak.sessions(realm, realm.ada().id());
        var login = new Login(keycloak, realm, page);
        String action = login.action();
        login.post(attack.change().apply(new Posting(login, realm.ada().passkey(), realm.ada().id())).fields());

        assertNull(login.code());
        assertFalse(login.isSignedIn());
        assertEquals(before, keycloak.sessions(realm, realm.ada().id()));
        JsonNode event = keycloak.lastFailure(realm);
        assertEquals(page, event.path("clientId").asText());
        assertEquals("invalid_user_credentials", event.path("error").asText());
        if (page.equals(COUNTERSIGNED)) {
            assertEquals(attack.code(), event.path("details").path("countersign_code").asText());
            assertEquals(attack.reason(), event.path("details").path("countersign_reason").asText());
            assertEquals(403, login.status());
            staysRefused(login, action);
        } else {
            String detail = event.path("details").path("web_authn_authentication_error_detail").asText();
            assertEquals("countersign: " + attack.code() + " (" + attack.reason() + ")", detail);
        }
    }

    private void staysRefused(Login login, String action) {
        login.get(action);
        assertFalse(login.asks(), "the page came back: " + login.status());
        assertNull(login.code());
        assertFalse(login.isSignedIn());
    }

    @Test
    void anHonestPasskeySignsInOnEveryPageOfBothRealms() {
        for (Realm realm : List.of(keycloak.guarded, keycloak.plain)) {
            for (String page : PAGES) {
                var login = new Login(keycloak, realm, page);
                login.post(new Posting(login, realm.ada().passkey(), realm.ada().id()).fields());
                assertNotNull(login.code(), () -> realm.name() + " " + page + " " + login.status() + keycloak.lastFailure(realm));
                assertTrue(login.isSignedIn());
                JsonNode token = keycloak.token(realm, page, login.code(), Login.REDIRECT);
                assertEquals(realm.ada().id(), token.path("sub").asText());
            }
        }
    }

    @Test
    void aSecurityKeySignsInAsTheSecondStep() {
        for (Realm realm : List.of(keycloak.guarded, keycloak.plain)) {
            var login = new Login(keycloak, realm, "countersigned-key").password("ada", "correct horse");
            login.post(new Posting(login, realm.ada().key(), realm.ada().id()).fields());
            assertEquals(realm.ada().id(), keycloak.token(realm, "countersigned-key", login.code(), Login.REDIRECT).path("sub").asText());
        }
    }

    @Test
    void aSecurityKeyIsCheckedAsTheSecondStep() {
        Realm realm = keycloak.guarded;
        var login = new Login(keycloak, realm, "countersigned-key").password("ada", "correct horse");
        String action = login.action();
        login.post(new Posting(login, realm.ada().key(), realm.ada().id()).clientData("false}", "true}").fields());
        assertNull(login.code());
        JsonNode event = keycloak.lastFailure(realm);
        assertEquals("ceremony_mismatch", event.path("details").path("countersign_code").asText());
        assertEquals(realm.ada().id(), event.path("userId").asText());
        staysRefused(login, action);
    }

    @Test
    void anotherUsersHandleIsRefused() {
        Realm realm = keycloak.guarded;
        for (String page : PAGES) {
            var login = new Login(keycloak, realm, page);
            login.post(new Posting(login, realm.ada().passkey(), realm.bob()).fields());
            assertNull(login.code(), page);
            assertFalse(login.isSignedIn(), page);
        }
    }

    @Test
    void whatWasPostedOnceIsNotTakenTwice() {
        Realm realm = keycloak.guarded;
        for (String page : PAGES) {
            var login = new Login(keycloak, realm, page);
            String action = login.action();
            var fields = new Posting(login, realm.ada().passkey(), realm.ada().id()).fields();
            login.post(fields);
            assertNotNull(login.code(), page);
            var again = new Login(keycloak, realm, page);
            again.post(fields);
            assertNull(again.code(), page + action);
            assertFalse(again.isSignedIn(), page);
        }
    }

    @Test
    void aRealmWithoutTheAttributeIsUntouched() {
        Realm realm = keycloak.plain;
        // Keycloak takes the first of two fields, and base64 with padding: here it still does.
        for (UnaryOperator<Posting> change : List.<UnaryOperator<Posting>>of(
                p -> p.and("signature", "AAAA"), p -> p.field("authenticatorData", s -> s + "=="))) {
            var login = new Login(keycloak, realm, "keycloaks-passkey");
            login.post(change.apply(new Posting(login, realm.ada().passkey(), realm.ada().id())).fields());
            assertNotNull(login.code());
        }
        // But who puts our authenticator into a flow there has it check.
        var login = new Login(keycloak, realm, COUNTERSIGNED);
        login.post(new Posting(login, realm.ada().passkey(), realm.ada().id()).clientData("false}", "true}").fields());
        assertNull(login.code());
        assertEquals("ceremony_mismatch", keycloak.lastFailure(realm).path("details").path("countersign_code").asText());
    }

    @Test
    void serverInfoSaysWhatRuns() {
        for (var provider : List.of("countersign-passkey", "countersign-webauthn")) {
            JsonNode info = keycloak.serverInfo("authenticator", provider);
            assertEquals("passed: 8 known answers", info.path("Self-test").asText(), info::toString);
            assertTrue(info.path("Guest SHA-256").asText().matches("[0-9a-f]{64}"), info::toString);
        }
        assertEquals("passed: 8 known answers", keycloak.serverInfo("credential", "keycloak-webauthn").path("Self-test").asText());
    }
}
