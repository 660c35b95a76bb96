package countersign.keycloak.webauthn;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.webauthn4j.data.AuthenticationRequest;
import com.webauthn4j.data.client.Origin;
import com.webauthn4j.server.ServerProperty;
import countersign.keycloak.Refusal;
import countersign.keycloak.Settings;
import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.guest.Unanswered;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.keycloak.WebAuthnConstants;
import org.keycloak.credential.CredentialInput;
import org.keycloak.credential.WebAuthnCredentialModelInput;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.WebAuthnPolicy;
import org.keycloak.models.credential.WebAuthnCredentialModel;
import org.keycloak.models.credential.dto.WebAuthnCredentialData;

/**
 * An assertion at the point that all of them pass, whichever page posted them: just before Keycloak checks it itself.
 *
 * <p>What the core passes must be, byte for byte, what Keycloak goes on to check.
 */
final class Assertion {
    private static final Logger LOG = Logger.getLogger(Assertion.class);
    private static final String DEMANDED = Assertion.class.getName() + ".demanded";

    private final KeycloakSession session;
    private final UserModel user;
    private final WebAuthnPolicy policy;
    private final WebAuthnCredentialModelInput input;

    private Assertion(
            KeycloakSession session, UserModel user, WebAuthnPolicy policy, WebAuthnCredentialModelInput input) {
        this.session = session;
        this.user = user;
        this.policy = policy;
        this.input = input;
    }

    /** From here on this request's assertions are checked, in a realm without a configuration too. */
    static void demand(KeycloakSession session) {
        session.setAttribute(DEMANDED, Boolean.TRUE);
    }

    /** Throws {@link Refused} when the realm, or an authenticator, wants assertions checked and the core does not pass this one. */
    static void check(
            KeycloakSession session, RealmModel realm, UserModel user, WebAuthnPolicy policy, CredentialInput input) {
        boolean wanted = Settings.isOn(realm) || session.getAttribute(DEMANDED) != null;
        if (wanted && input instanceof WebAuthnCredentialModelInput assertion) {
            new Assertion(session, user, policy, assertion).check();
        }
    }

    private void check() {
        AuthenticationRequest request = input.getAuthenticationRequest();
        WebAuthnCredentialData stored = stored(request.getCredentialId());
        if (stored == null) {
            // Keycloak refuses what it does not know by itself, and says the same as for a user it does not know.
            return;
        }
        Posted posted = Posted.in(session);
        refuse(posted.fault());
        Map<String, String> fields = fields(request);
        Map<String, String> texts = new LinkedHashMap<>(fields);
        if (posted.has(WebAuthnConstants.CLIENT_DATA_JSON)) {
            texts.replaceAll((name, text) -> posted.text(name) == null ? "" : posted.text(name));
        }
        refuse(ask(document(texts, posted.text(WebAuthnConstants.USER_HANDLE), stored)));
        if (!texts.equals(fields)) {
            refuse(new Refusal("malformed_credential", "not what was posted"));
        }
    }

    private void refuse(Refusal refusal) {
        if (refusal != null) {
            throw new Refused(session, refusal);
        }
    }

    private static Refusal ask(ObjectNode document) {
        try {
            return Refusal.in(GuestModule.loaded().call(document));
        } catch (Unanswered e) {
            LOG.warnf(e, "No answer to an assertion, which is refused: %s", e.getMessage());
            return Refusal.of(e);
        }
    }

    private static Map<String, String> fields(AuthenticationRequest request) {
        var fields = new LinkedHashMap<String, String>();
        fields.put(WebAuthnConstants.CREDENTIAL_ID, base64url(request.getCredentialId()));
        fields.put(WebAuthnConstants.CLIENT_DATA_JSON, base64url(request.getClientDataJSON()));
        fields.put(WebAuthnConstants.AUTHENTICATOR_DATA, base64url(request.getAuthenticatorData()));
        fields.put(WebAuthnConstants.SIGNATURE, base64url(request.getSignature()));
        return fields;
    }

    private ObjectNode document(Map<String, String> texts, String userHandle, WebAuthnCredentialData stored) {
        ObjectNode document = JsonNodeFactory.instance.objectNode().put("op", "assertion");
        texts.forEach(document::put);
        if (userHandle != null) {
            document.put("userHandle", userHandle);
        }
        var parameters = input.getAuthenticationParameters();
        ServerProperty server = parameters.getServerProperty();
        ObjectNode expected = document.putObject("expected");
        byte[] challenge = server.getChallenge() == null ? new byte[0] : server.getChallenge().getValue();
        expected.put("challenge", base64url(challenge));
        var origins = expected.putArray("origins");
        origins(server).map(Origin::toString).forEach(origins::add);
        policy.getExtraOrigins().forEach(origins::add);
        expected.put("rpId", server.getRpId());
        expected.put("credentialId", base64url(Base64.getMimeDecoder().decode(stored.getCredentialId())));
        expected.put("publicKey", base64url(Base64.getUrlDecoder().decode(stored.getCredentialPublicKey())));
        expected.put("userVerification", parameters.isUserVerificationRequired());
        // Keycloak's user handle is the user's id (WebAuthnRegister).
        expected.put("userHandle", base64url(user.getId().getBytes(StandardCharsets.UTF_8)));
        return document;
    }

    @SuppressWarnings("deprecation") // It is what Keycloak's own check of the origin reads.
    private static Stream<Origin> origins(ServerProperty server) {
        return server.getOrigins().stream();
    }

    /** The user's credential of this id, as it is stored. */
    private WebAuthnCredentialData stored(byte[] credentialId) {
        return user.credentialManager()
                .getStoredCredentialsByTypeStream(input.getType())
                .map(model -> WebAuthnCredentialModel.createFromCredentialModel(model).getWebAuthnCredentialData())
                .filter(data -> Arrays.equals(Base64.getMimeDecoder().decode(data.getCredentialId()), credentialId))
                .findFirst()
                .orElse(null);
    }

    private static String base64url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
