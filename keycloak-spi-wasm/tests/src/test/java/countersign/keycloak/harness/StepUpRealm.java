package countersign.keycloak.harness;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/** A realm whose sign-in asks for a password and a face, and the orchestrator that it asks. Ada's face is known. */
public final class StepUpRealm {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static StepUpRealm running;

    public final Keycloak keycloak;
    public final FaceCheck faces;
    public final Realm realm;

    /** The one of this run. */
    public static synchronized StepUpRealm start() {
        if (running == null) {
            try {
                running = new StepUpRealm();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
        return running;
    }

    private StepUpRealm() throws IOException {
        faces = new FaceCheck();
        keycloak = Keycloak.start();
        realm = Realm.of("step-up", faces.configuration());
        keycloak.create(realm.stepUpJson());
        faces.enrol(realm.ada().id());
    }

    /** Another configuration for the realm. */
    public void configure(String configuration) {
        attribute("countersign.configuration", configuration);
    }

    private void attribute(String name, String value) {
        ObjectNode about = (ObjectNode) keycloak.admin("/admin/realms/" + realm.name());
        about.withObject("/attributes").put(name, value);
        keycloak.change("PUT", "/admin/realms/" + realm.name(), about.toString());
    }

    /** Another Content-Security-Policy for the realm's pages; says which it was. */
    public String policy(String policy) {
        ObjectNode about = (ObjectNode) keycloak.admin("/admin/realms/" + realm.name());
        String before = about.path("browserSecurityHeaders").path("contentSecurityPolicy").asText();
        var change = new ObjectMapper().createObjectNode();
        change.setAll(about);
        change.withObject("/browserSecurityHeaders").put("contentSecurityPolicy", policy);
        keycloak.change("PUT", "/admin/realms/" + realm.name(), change.toString());
        return before;
    }

    /** An address of ours in this realm. */
    public String ours(String path) {
        return keycloak.url() + "/realms/" + realm.name() + "/countersign/" + path;
    }

    /** Asks until something is known of the step, and says what. */
    public String outcome(StepUpPage page) throws InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        String last = page.follow();
        while ("pending".equals(last) && Instant.now().isBefore(end)) {
            Thread.sleep(200);
            last = page.follow();
        }
        return last;
    }
}
