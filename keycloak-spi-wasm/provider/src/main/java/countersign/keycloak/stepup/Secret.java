package countersign.keycloak.stepup;

import countersign.keycloak.Encoding;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;

/** Random texts, and the digests that are kept in their place. */
final class Secret {
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What {@link #fresh} makes. */
    static final String FORM = "[A-Za-z0-9_-]{43}";

    private Secret() {}

    /** 32 random bytes, base64url. */
    static String fresh() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return Encoding.base64url(bytes);
    }

    /** Two digits. */
    static String number() {
        return "%02d".formatted(RANDOM.nextInt(100));
    }

    /** Whether they are the same; how long it takes does not tell where they differ. */
    static boolean same(String expected, String found) {
        return expected != null
                && found != null
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), found.getBytes(StandardCharsets.UTF_8));
    }
}
