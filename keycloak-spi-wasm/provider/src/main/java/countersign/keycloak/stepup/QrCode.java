package countersign.keycloak.stepup;

import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;
import java.util.Map;

/** A text as the path of an SVG, so that the page needs no picture, no script and no exception from its CSP. */
final class QrCode {
    /** ISO/IEC 18004: four modules on each side. */
    private static final int QUIET = 4;

    private QrCode() {}

    /** For the template: {@code size} of the square and {@code path} of its dark modules. */
    static Map<String, Object> of(String text) {
        ByteMatrix modules;
        try {
            modules = Encoder.encode(text, ErrorCorrectionLevel.M).getMatrix();
        } catch (WriterException e) {
            throw new IllegalArgumentException("too long for a QR code", e);
        }
        var path = new StringBuilder();
        for (int y = 0; y < modules.getHeight(); y++) {
            for (int x = 0; x < modules.getWidth(); x++) {
                if (modules.get(x, y) == 1) {
                    path.append('M').append(x + QUIET).append(' ').append(y + QUIET).append("h1v1h-1z");
                }
            }
        }
        return Map.of("size", Integer.toString(modules.getWidth() + 2 * QUIET), "path", path.toString());
    }
}
