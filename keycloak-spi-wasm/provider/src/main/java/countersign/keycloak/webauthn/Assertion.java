package countersign.keycloak.webauthn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.webauthn4j.data.AuthenticationRequest;
import com.webauthn4j.data.client.Origin;
import com.webauthn4j.server.ServerProperty;
import countersign.keycloak.Encoding;
import countersign.keycloak.Refusal;
import countersign.keycloak.Settings;
import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.guest.Unanswered;
import countersign.keycloak.orchestrator.Check;
import countersign.keycloak.signin.Decision;
import countersign.keycloak.signin.Facts;
import countersign.keycloak.stepup.Checks;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * An assertion at the point that all of them pass, whichever page posted them: just before Keycloak checks it itself.
 *
 * <p>What the core passes must be, byte for byte, what Keycloak goes on to check.
 */
final class Assertion {
    private static final Logger LOG = Logger.getLogger(Assertion.class);
    private static final List<String> FLAGS = List.of("userVerified", "backedUp", "backupEligible");

    /** What is refused now can pass later: the check is still to be made. */
    private static final List<String> NOT_YET = List.of("step_up_required", Checks.PENDING);

    private static final String DEMANDED = Assertion.class.getName() + ".demanded";

    private final KeycloakSession session;
    private final RealmModel realm;
    private final UserModel user;
    private final WebAuthnPolicy policy;
    private final WebAuthnCredentialModelInput input;

    /** What a rule wants beside it; null: nothing. */
    private Wanted wanted;

    private Assertion(
            KeycloakSession session,
            RealmModel realm,
            UserModel user,
            WebAuthnPolicy policy,
            WebAuthnCredentialModelInput input) {
        this.session = session;
        this.realm = realm;
        this.user = user;
        this.policy = policy;
        this.input = input;
    }

    /** From here on this request's assertions are checked, in a realm without a configuration too. */
    static void demand(KeycloakSession session) {
        session.setAttribute(DEMANDED, Boolean.TRUE);
    }

    /**
     * Throws {@link Refused} when the realm, or an authenticator, wants assertions checked and this one does not pass.
     * What passes has to be completed, once Keycloak has let it pass too; empty where nothing was checked.
     */
    static Optional<Assertion> check(
            KeycloakSession session, RealmModel realm, UserModel user, WebAuthnPolicy policy, CredentialInput input) {
        boolean wanted = Settings.isOn(realm) || session.getAttribute(DEMANDED) != null;
        if (!wanted || !(input instanceof WebAuthnCredentialModelInput posted)) {
            return Optional.empty();
        }
        var assertion = new Assertion(session, realm, user, policy, posted);
        assertion.check();
        return Optional.of(assertion);
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
        JsonNode passed = ask(document(texts, posted.text(WebAuthnConstants.USER_HANDLE), stored));
        if (!texts.equals(fields)) {
            refuse(new Refusal("malformed_credential", "not what was posted"));
        }
        if (Settings.isOn(realm)) {
            decide(passed);
        }
    }

    /** Asks the rules, and where one wants a verdict, whether it is there: about this challenge, for this user. */
    private void decide(JsonNode passed) {
        AuthenticationSessionModel auth = session.getContext().getAuthenticationSession();
        if (auth == null) {
            throw new Refused(session, new Refusal("ceremony_unknown", "no sign-in"));
        }
        ObjectNode facts = Facts.of(session, realm, auth, user);
        ObjectNode credential = facts.putObject("credential");
        FLAGS.forEach(flag -> credential.put(flag, passed.path(flag).asBoolean()));
        Decision decision = Decision.of(realm, Decision.Occasion.AUTHENTICATION, facts);
        refuse(decision.refusal());
        if (decision.required() == null) {
            return;
        }
        if (!passed.path("userVerified").asBoolean()) {
            refuse(new Refusal("user_unverified", "user-verified flag not set"));
        }
        String challenge = Encoding.base64url(input.getAuthenticationParameters().getServerProperty().getChallenge().getValue());
        var check = new Check("step_up", input.getAuthenticationParameters().getServerProperty().getRpId(), user.getId(), challenge);
        wanted = new Wanted(decision.required(), check);
        Refusal refusal = verdict(auth, check);
        if (refusal != null) {
            if (NOT_YET.contains(refusal.code())) {
                wanted.note(session);
            }
            refuse(refusal);
        }
    }

    private Refusal verdict(AuthenticationSessionModel auth, Check check) {
        try {
            var checks = Checks.of(session, realm, auth);
            return checks.check().filter(check::equals).isPresent()
                    ? checks.status()
                    : new Refusal("step_up_required", "no check of this ceremony");
        } catch (Checks.Stopped e) {
            return e.refusal();
        }
    }

    /** Uses the verdict up, now that Keycloak has let the assertion pass. Throws {@link Refused} where that fails. */
    void complete() {
        if (wanted == null) {
            return;
        }
        try {
            var checks = Checks.of(session, realm, session.getContext().getAuthenticationSession());
            String credential = Encoding.base64url(input.getAuthenticationRequest().getCredentialId());
            refuse(checks.complete(Checks.Completion.of(credential)));
            wanted.noteFulfilled(session);
        } catch (Checks.Stopped e) {
            refuse(e.refusal());
        }
    }

    private void refuse(Refusal refusal) {
        if (refusal != null) {
            throw new Refused(session, refusal);
        }
    }

    private JsonNode ask(ObjectNode document) {
        Refusal refusal;
        try {
            JsonNode answer = GuestModule.loaded().call(document);
            refusal = Refusal.in(answer);
            if (refusal == null) {
                return answer.get("passed");
            }
        } catch (Unanswered e) {
            LOG.warnf(e, "No answer to an assertion, which is refused: %s", e.getMessage());
            refusal = Refusal.of(e);
        }
        throw new Refused(session, refusal);
    }

    private static Map<String, String> fields(AuthenticationRequest request) {
        var fields = new LinkedHashMap<String, String>();
        fields.put(WebAuthnConstants.CREDENTIAL_ID, Encoding.base64url(request.getCredentialId()));
        fields.put(WebAuthnConstants.CLIENT_DATA_JSON, Encoding.base64url(request.getClientDataJSON()));
        fields.put(WebAuthnConstants.AUTHENTICATOR_DATA, Encoding.base64url(request.getAuthenticatorData()));
        fields.put(WebAuthnConstants.SIGNATURE, Encoding.base64url(request.getSignature()));
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
        expected.put("challenge", Encoding.base64url(challenge));
        var origins = expected.putArray("origins");
        origins(server).map(Origin::toString).forEach(origins::add);
        policy.getExtraOrigins().forEach(origins::add);
        expected.put("rpId", server.getRpId());
        expected.put("credentialId", Encoding.base64url(Base64.getMimeDecoder().decode(stored.getCredentialId())));
        expected.put("publicKey", Encoding.base64url(Base64.getUrlDecoder().decode(stored.getCredentialPublicKey())));
        expected.put("userVerification", parameters.isUserVerificationRequired());
        // Keycloak's user handle is the user's id (WebAuthnRegister).
        expected.put("userHandle", Encoding.base64url(user.getId().getBytes(StandardCharsets.UTF_8)));
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
}
