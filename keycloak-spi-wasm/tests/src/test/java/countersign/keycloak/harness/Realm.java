package countersign.keycloak.harness;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** A realm with its users. */
public record Realm(String name, String configuration, Owner ada, Owner grace, String bob) {
    /** Somebody with a password, a passkey and a security key. Grace's are in a browser, and count. */
    public record Owner(String id, Passkey passkey, Passkey key) {
        private static Owner of(String realm, String name) {
            return new Owner(uuid(realm, name), new Passkey(realm + "-" + name + "-passkey"), new Passkey(realm + "-" + name + "-key"));
        }
    }

    public static Realm of(String name, String configuration) {
        return new Realm(name, configuration, Owner.of(name, "ada"), Owner.of(name, "grace"), uuid(name, "bob"));
    }

    private static String uuid(String realm, String name) {
        return UUID.nameUUIDFromBytes((realm + " " + name).getBytes(StandardCharsets.UTF_8)).toString();
    }

    /** Pages that take a passkey, and accounts that have one. */
    public String json() throws IOException {
        return filled("/realm.json")
                .replace("@PASSKEY@", escaped(ada.passkey().credentialData()))
                .replace("@KEY@", escaped(ada.key().credentialData()))
                .replace("@GRACE@", grace.id())
                .replace("@GRACES_PASSKEY@", escaped(grace.passkey().credentialData()))
                .replace("@GRACES_KEY@", escaped(grace.key().credentialData()));
    }

    /** A sign-in by a password and a face. */
    public String stepUpJson() throws IOException {
        return filled("/step-up-realm.json");
    }

    private String filled(String resource) throws IOException {
        try (InputStream in = Realm.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@REALM@", name)
                    .replace("@CONFIGURATION@", escaped(configuration))
                    .replace("@ADA@", ada.id())
                    .replace("@BOB@", bob);
        }
    }

    private static String escaped(String text) {
        return text.replace("\"", "\\\"");
    }
}
