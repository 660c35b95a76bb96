package countersign.keycloak.webauthn;

import com.webauthn4j.converter.util.ObjectConverter;
import countersign.keycloak.enrol.Enrolment;
import org.keycloak.authentication.authenticators.browser.WebAuthnMetadataService;
import org.keycloak.credential.CredentialInput;
import org.keycloak.credential.CredentialModel;
import org.keycloak.credential.WebAuthnPasswordlessCredentialProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.credential.WebAuthnCredentialModel;

/** Keycloak's passkeys, checked by the core before Keycloak checks them. */
final class CheckedPasskey extends WebAuthnPasswordlessCredentialProvider {
    CheckedPasskey(KeycloakSession session, WebAuthnMetadataService metadata, ObjectConverter converter) {
        super(session, metadata, converter);
    }

    @Override
    public boolean isValid(RealmModel realm, UserModel user, CredentialInput input) {
        var assertion = Assertion.check(getKeycloakSession(), realm, user, getWebAuthnPolicy(), input);
        boolean valid = super.isValid(realm, user, input);
        if (valid) {
            assertion.ifPresent(Assertion::complete);
        }
        return valid;
    }

    @Override
    public CredentialModel createCredential(RealmModel realm, UserModel user, WebAuthnCredentialModel model) {
        Enrolment.check(getKeycloakSession(), realm, user, model);
        return Enrolment.complete(getKeycloakSession(), user, super.createCredential(realm, user, model));
    }
}
