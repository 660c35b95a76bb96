package countersign.keycloak.enrol;

import com.webauthn4j.verifier.attestation.trustworthiness.certpath.CertPathTrustworthinessVerifier;
import java.util.ArrayList;
import java.util.List;
import org.keycloak.authentication.requiredactions.WebAuthnPasswordlessRegisterFactory;
import org.keycloak.authentication.requiredactions.WebAuthnRegister;
import org.keycloak.models.KeycloakSession;
import org.keycloak.provider.ProviderConfigProperty;

/** Offers <i>Enrol biometric passkey</i>, at a sign-in and to applications ({@code kc_action=countersign-enrol}). */
public final class EnrolPasskeyFactory extends WebAuthnPasswordlessRegisterFactory {
    public static final String ID = "countersign-enrol";

    static final String LEVEL = "level";

    @Override
    protected WebAuthnRegister createProvider(KeycloakSession session, CertPathTrustworthinessVerifier verifier) {
        return new EnrolPasskey(session, verifier);
    }

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayText() {
        return "Enrol biometric passkey";
    }

    @Override
    public boolean isConfigurable() {
        return true;
    }

    @Override
    public List<ProviderConfigProperty> getConfigMetadata() {
        var properties = new ArrayList<>(super.getConfigMetadata());
        properties.add(new ProviderConfigProperty(
                LEVEL,
                "Level of authentication",
                "The least level that the sign-in must have reached (a number of the realm's ACR to LoA mapping). Empty: any.",
                ProviderConfigProperty.STRING_TYPE,
                ""));
        return properties;
    }
}
