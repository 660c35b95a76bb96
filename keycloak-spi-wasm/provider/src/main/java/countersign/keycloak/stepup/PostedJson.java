package countersign.keycloak.stepup;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** A small object of texts: these members, each once, and nothing else. */
final class PostedJson {
    private static final int LONGEST = 1024;

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private PostedJson() {}

    static Optional<JsonNode> read(InputStream body, List<String> members) {
        try {
            byte[] bytes = body.readNBytes(LONGEST + 1);
            JsonNode read = bytes.length > LONGEST ? null : JSON.readTree(bytes);
            boolean fits = read != null
                    && read.isObject()
                    && read.size() == members.size()
                    && members.stream().allMatch(member -> read.path(member).isTextual());
            return fits ? Optional.of(read) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
