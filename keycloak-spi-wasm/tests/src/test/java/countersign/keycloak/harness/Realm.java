package countersign.keycloak.harness;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** A realm with a user, Ada, who has a password, a passkey and a security key, and Bob, who has a password. */
public record Realm(String name, String configuration, Passkey passkey, Passkey key) {
    static Realm of(String name, String configuration) {
        return new Realm(name, configuration, new Passkey(name + "-passkey"), new Passkey(name + "-key"));
    }

    public String ada() {
        return name + "-ada";
    }

    public String bob() {
        return name + "-bob";
    }

    String json() throws IOException {
        try (InputStream in = Realm.class.getResourceAsStream("/realm.json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@REALM@", name)
                    .replace("@CONFIGURATION@", escaped(configuration))
                    .replace("@PASSKEY@", escaped(passkey.credentialData()))
                    .replace("@KEY@", escaped(key.credentialData()));
        }
    }

    private static String escaped(String text) {
        return text.replace("\"", "\\\"");
    }
}
