package countersign.keycloak.stepup;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

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
        return base64url(bytes);
    }

    /** Two digits. */
    static String number() {
        return "%02d".formatted(RANDOM.nextInt(100));
    }

    /** base64url(SHA-256(text)). */
    static String digest(String text) {
        try {
            return base64url(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether they are the same; how long it takes does not tell where they differ. */
    static boolean same(String expected, String found) {
        return expected != null
                && found != null
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), found.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
