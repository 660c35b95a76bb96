package countersign.keycloak.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/** The realm that is shipped as an example, as it stands but for the orchestrator's address and where clients may be. */
public final class ExampleRealm {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ExampleRealm running;

    public final Keycloak keycloak;
    public final FaceCheck faces;
    public final Realm realm;
    public final String alice;

    /** The one of this run. */
    public static synchronized ExampleRealm start() {
        if (running == null) {
            try {
                running = new ExampleRealm();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
        return running;
    }

    private ExampleRealm() throws IOException {
        faces = StepUpRealm.start().faces;
        keycloak = Keycloak.start();
        String text = Files.readString(Path.of("..", "example", "realm.json"))
                .replace("http://localhost:10003", faces.url())
                .replace("http://localhost:*", "*");
        JsonNode example = JSON.readTree(text);
        keycloak.create(text);
        realm = Realm.of(example.path("realm").asText(), configuration(example));
        alice = example.path("users").path(0).path("id").asText();
        faces.enrol(alice);
    }

    private static String configuration(JsonNode realm) {
        return realm.path("attributes").path("countersign.configuration").asText();
    }

    /** Another configuration; the example's comes back with {@code realm.configuration()}. */
    public void configure(String configuration) {
        ObjectNode about = (ObjectNode) keycloak.admin("/admin/realms/" + realm.name());
        about.withObject("/attributes").put("countersign.configuration", configuration);
        keycloak.change("PUT", "/admin/realms/" + realm.name(), about.toString());
    }

    /** A user's passkeys, as the admin REST API shows them. */
    public List<JsonNode> passkeys(String user) {
        var all = keycloak.admin("/admin/realms/" + realm.name() + "/users/" + user + "/credentials");
        return StreamSupport.stream(all.spliterator(), false)
                .filter(credential -> credential.path("type").asText().equals("webauthn-passwordless"))
                .toList();
    }
}
