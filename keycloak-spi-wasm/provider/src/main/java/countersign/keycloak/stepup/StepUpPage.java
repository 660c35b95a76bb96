package countersign.keycloak.stepup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.core.UriBuilder;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.keycloak.models.KeycloakSession;

/** What the page of a step shows. */
final class StepUpPage {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final KeycloakSession session;
    private final Step step;

    StepUpPage(KeycloakSession session, Step step) {
        this.session = session;
        this.step = step;
    }

    /** For the template; with a token, also for another device. */
    Map<String, Object> attributes(String secret, String token) {
        var attributes = new HashMap<String, Object>();
        attributes.put("secret", secret);
        attributes.put("status", ours("steps", step.id()).queryParam("tab", step.tab()).build().toString());
        attributes.put("client", step.client());
        String capture = captureUrl();
        if (capture != null) {
            attributes.put("captureUrl", capture);
        }
        if (token != null) {
            String phone = ours("phone").fragment(token).build().toString();
            attributes.put("phone", phone);
            attributes.put("qr", QrCode.of(phone));
            attributes.put("number", step.number());
        }
        return attributes;
    }

    /** Where the check is done, when the orchestrator names a page and no script. */
    private String captureUrl() {
        try {
            String url = JSON.readTree(step.client()).path("captureUrl").textValue();
            URI parsed = url == null ? null : URI.create(url);
            boolean web = parsed != null && parsed.getScheme() != null
                    && Set.of("http", "https").contains(parsed.getScheme().toLowerCase());
            return web ? url : null;
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return null;
        }
    }

    private UriBuilder ours(String... segments) {
        return session.getContext().getUri().getBaseUriBuilder()
                .path("realms")
                .segment(session.getContext().getRealm().getName(), StepResourceFactory.ID)
                .segment(segments);
    }
}
