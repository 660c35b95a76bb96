package countersign.keycloak.harness;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What is posted at the end of a ceremony: first what is signed is changed, then what was signed. */
public final class Posting {
    private final Passkey passkey;
    private String clientData;
    private byte[] authenticatorData = Passkey.authenticatorData(Passkey.PRESENT | Passkey.VERIFIED);
    private final String userHandle;
    private List<Map.Entry<String, String>> fields;

    /** An honest answer to the page. */
    public Posting(Login page, Passkey passkey, String user) {
        this.passkey = passkey;
        this.clientData = "{\"type\":\"webauthn.get\",\"challenge\":\"" + page.challenge() + "\",\"origin\":\""
                + page.origin() + "\",\"crossOrigin\":false}";
        this.userHandle = Passkey.base64url(user.getBytes(StandardCharsets.UTF_8));
    }

    /** Other client data, which the authenticator signs. */
    public Posting clientData(String old, String changed) {
        if (!clientData.contains(old)) {
            throw new AssertionError(old);
        }
        clientData = clientData.replace(old, changed);
        return this;
    }

    /** Other flags, which the authenticator signs. */
    public Posting flags(int flags) {
        authenticatorData = Passkey.authenticatorData(flags);
        return this;
    }

    /** Longer authenticator data, which the authenticator signs. */
    public Posting trailing() {
        authenticatorData = Arrays.copyOf(authenticatorData, authenticatorData.length + 1);
        return this;
    }

    /** Another text in a field of the form. */
    public Posting field(String name, UnaryOperator<String> change) {
        fields().replaceAll(field -> field.getKey().equals(name) ? Map.entry(name, change.apply(field.getValue())) : field);
        return this;
    }

    /** A field more in the form. */
    public Posting and(String name, String value) {
        fields().add(Map.entry(name, value));
        return this;
    }

    /** The form. */
    public List<Map.Entry<String, String>> fields() {
        if (fields == null) {
            byte[] client = clientData.getBytes(StandardCharsets.UTF_8);
            fields = new ArrayList<>(List.of(
                    Map.entry("credentialId", Passkey.base64url(passkey.id())),
                    Map.entry("clientDataJSON", Passkey.base64url(client)),
                    Map.entry("authenticatorData", Passkey.base64url(authenticatorData)),
                    Map.entry("signature", Passkey.base64url(passkey.sign(authenticatorData, client))),
                    Map.entry("userHandle", userHandle),
                    Map.entry("error", "")));
        }
        return fields;
    }
}
