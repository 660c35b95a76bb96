package countersign.keycloak.harness;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** An authenticator with one credential, which signs whatever it is told to. */
public final class Passkey {
    public static final int PRESENT = 0x01;
    public static final int VERIFIED = 0x04;
    public static final int BACKED_UP = 0x10;

    private final byte[] id;
    private final KeyPair keys;

    public Passkey(String id) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            this.keys = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        this.id = id.getBytes(StandardCharsets.UTF_8);
    }

    public byte[] id() {
        return id.clone();
    }

    /** PKCS #8, as the virtual authenticator of a browser takes it. */
    public byte[] privateKey() {
        return keys.getPrivate().getEncoded();
    }

    /** As Keycloak stores it. */
    String credentialData() {
        return "{\"aaguid\":\"00000000-0000-0000-0000-000000000000\",\"credentialId\":\""
                + Base64.getEncoder().encodeToString(id)
                + "\",\"counter\":0,\"credentialPublicKey\":\"" + base64url(cose())
                + "\",\"attestationStatementFormat\":\"none\",\"transports\":[\"internal\"]}";
    }

    /** Authenticator data for the RP ID `localhost`, with a counter that stays zero. */
    public static byte[] authenticatorData(int flags) {
        return ByteBuffer.allocate(37).put(sha256("localhost".getBytes(StandardCharsets.UTF_8))).put((byte) flags).putInt(0).array();
    }

    public byte[] sign(byte[] authenticatorData, byte[] clientData) {
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(authenticatorData);
            signature.update(sha256(clientData));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String base64url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private byte[] cose() {
        var point = ((ECPublicKey) keys.getPublic()).getW();
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20});
        out.writeBytes(coordinate(point.getAffineX()));
        out.writeBytes(new byte[] {0x22, 0x58, 0x20});
        out.writeBytes(coordinate(point.getAffineY()));
        return out.toByteArray();
    }

    private static byte[] coordinate(BigInteger number) {
        byte[] digits = number.toByteArray();
        byte[] coordinate = new byte[32];
        int length = Math.min(digits.length, 32);
        System.arraycopy(digits, digits.length - length, coordinate, 32 - length, length);
        return coordinate;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
