package countersign.keycloak.stepup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import countersign.keycloak.guest.Unanswered;
import countersign.keycloak.orchestrator.Configuration;
import countersign.keycloak.orchestrator.Configurations;
import countersign.keycloak.orchestrator.Orchestrator;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.Provider;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.keycloak.common.util.UriUtils;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.services.managers.AuthenticationSessionManager;
import org.keycloak.sessions.RootAuthenticationSessionModel;

/**
 * What the pages of a step ask for. None of it lets anybody in: the browser's own form does, and asks the orchestrator.
 */
@Provider
public final class StepResource {
    private final KeycloakSession session;
    private final Steps steps;

    StepResource(KeycloakSession session) {
        this.session = session;
        this.steps = new Steps(session);
    }

    /** How far a step is, for the page that shows it. */
    @GET
    @Path("steps/{id: " + Secret.FORM + "}")
    @Produces(MediaType.APPLICATION_JSON)
    public Response status(@PathParam("id") String id, @QueryParam("tab") String tab) {
        Configuration configuration = configuration();
        Step step = configuration == null ? null : ownedByThisBrowser(id, tab).orElse(null);
        if (step == null) {
            return refused(Response.Status.NOT_FOUND, "ceremony_unknown");
        }
        String status = steps.isCancelled(id) ? "cancelled" : steps.seen(id).orElse("pending");
        Response.ResponseBuilder answer = json(Response.Status.OK, object().put(
                "status", status.equals(Follower.MATCHED_ONCE) ? "matched" : status));
        if (status.equals("pending")) {
            Follower.refresh(session, configuration, step);
            answer.header("Retry-After", 1);
        }
        return answer.build();
    }

    /** Given up, by the page that shows it. */
    @POST
    @Path("steps/{id: " + Secret.FORM + "}/cancel")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response cancel(@PathParam("id") String id, @QueryParam("tab") String tab) {
        Configuration configuration = configuration();
        if (configuration == null || isForeign()) {
            return refused(Response.Status.BAD_REQUEST, "malformed_request");
        }
        Optional<Step> step = ownedByThisBrowser(id, tab);
        step.ifPresent(found -> cancel(configuration, found));
        return step.isPresent() ? done() : refused(Response.Status.NOT_FOUND, "ceremony_unknown");
    }

    /** The page that a QR code leads to. What it is about stands behind the {@code #}, which no server sees. */
    @GET
    @Path("phone")
    @Produces(MediaType.TEXT_HTML)
    public Response phone() {
        if (configuration() == null) {
            return refused(Response.Status.NOT_FOUND, "ceremony_unknown");
        }
        return session.getProvider(LoginFormsProvider.class)
                .setResponseHeader("Cache-Control", "no-store")
                .setResponseHeader("Referrer-Policy", "no-referrer")
                .createForm("countersign-phone.ftl");
    }

    /** A phone takes a step over. There is one guess: the token is spent before the number is looked at. */
    @POST
    @Path("phone/consume")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response consume(InputStream body) {
        Optional<Asked> asked = asked(body, List.of("token", "number"));
        if (asked.isEmpty()) {
            return refused(Response.Status.BAD_REQUEST, "malformed_request");
        }
        String token = asked.get().text("token");
        Step step = steps.spend(token).filter(found -> !steps.isCancelled(found.id())).orElse(null);
        if (step == null || !Secret.same(step.number(), asked.get().text("number"))) {
            return refused(Response.Status.FORBIDDEN, "ceremony_unknown");
        }
        steps.openedOnPhone(token, step);
        ObjectNode answer = object();
        answer.putRawValue("client", new RawValue(step.client()));
        answer.putObject("asked")
                .put("client", step.askedBy())
                .put("startedAt", Instant.ofEpochMilli(step.startedAt()).toString())
                .put("from", step.from());
        return json(Response.Status.OK, answer).build();
    }

    /** <i>This was not me</i>, or <i>not now</i>: the step is refused, on the browser's page too. */
    @POST
    @Path("phone/cancel")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response cancelOnPhone(InputStream body) {
        Optional<Asked> asked = asked(body, List.of("token"));
        if (asked.isEmpty()) {
            return refused(Response.Status.BAD_REQUEST, "malformed_request");
        }
        String token = asked.get().text("token");
        Optional<Step> step = steps.onPhone(token).or(() -> steps.spend(token));
        step.ifPresent(found -> cancel(asked.get().configuration(), found));
        return step.isPresent() ? done() : refused(Response.Status.FORBIDDEN, "ceremony_unknown");
    }

    private void cancel(Configuration configuration, Step step) {
        steps.cancel(step.id());
        Orchestrator.ofThisServer().ask(configuration, step.cancel());
    }

    /** What a phone has posted, checked. */
    private record Asked(Configuration configuration, JsonNode body) {
        String text(String member) {
            return body.path(member).textValue();
        }
    }

    private Optional<Asked> asked(InputStream body, List<String> members) {
        Configuration configuration = configuration();
        if (configuration == null || isForeign()) {
            return Optional.empty();
        }
        return PostedJson.read(body, members)
                .filter(read -> read.path("token").textValue().matches(Secret.FORM))
                .map(read -> new Asked(configuration, read));
    }

    /** Its own step: the cookie of this browser, and the tab that the step was started in and that is still open. */
    private Optional<Step> ownedByThisBrowser(String id, String tab) {
        RootAuthenticationSessionModel root = new AuthenticationSessionManager(session)
                .getCurrentRootAuthenticationSession(session.getContext().getRealm());
        return steps.find(id).filter(step -> root != null
                && root.getId().equals(step.root())
                && step.tab().equals(tab)
                && root.getAuthenticationSessions().containsKey(tab));
    }

    /** Posted from somewhere else. Pages of ours and programs without an origin are not. */
    private boolean isForeign() {
        List<String> origins = session.getContext().getHttpRequest().getHttpHeaders().getRequestHeader("Origin");
        String ours = UriUtils.getOrigin(session.getContext().getUri().getBaseUri());
        return origins != null && !origins.isEmpty() && !origins.equals(List.of(ours));
    }

    /** Null where Countersign is off, or cannot decide. */
    private Configuration configuration() {
        try {
            return Configurations.of(session.getContext().getRealm()).filter(Configuration::loads).orElse(null);
        } catch (Unanswered e) {
            return null;
        }
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static Response done() {
        return Response.noContent().header("Cache-Control", "no-store").build();
    }

    private static Response refused(Response.Status status, String code) {
        return json(status, object().put("code", code)).build();
    }

    private static Response.ResponseBuilder json(Response.Status status, ObjectNode body) {
        return Response.status(status)
                .type(MediaType.APPLICATION_JSON_TYPE)
                .header("Cache-Control", "no-store")
                .entity(body.toString());
    }
}
