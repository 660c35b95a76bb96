package countersign.keycloak.signin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.protocol.oidc.OIDCLoginProtocol;
import org.keycloak.protocol.oidc.utils.AcrUtils;
import org.keycloak.sessions.AuthenticationSessionModel;

/** What rules can look at, as the core's operation {@code decide} wants it. */
public final class Facts {
    private Facts() {}

    /** The facts of a sign-in; {@code user} is null while nobody has been identified. */
    public static ObjectNode of(
            KeycloakSession session, RealmModel realm, AuthenticationSessionModel authSession, UserModel user) {
        ObjectNode facts = JsonNodeFactory.instance.objectNode();
        facts.put("client", authSession.getClient().getClientId());
        String claims = authSession.getClientNote(OIDCLoginProtocol.CLAIMS_PARAM);
        String acr = authSession.getClientNote(OIDCLoginProtocol.ACR_PARAM);
        var levels = facts.putArray("acr");
        AcrUtils.getAcrValues(claims, acr, authSession.getClient()).forEach(levels::add);
        var connection = session.getContext().getConnection();
        if (connection != null && connection.getRemoteAddr() != null) {
            facts.put("ip", connection.getRemoteAddr());
        }
        facts.put("newDevice", user == null || !KnownDevice.knows(session, realm, user));
        ObjectNode attributes = facts.putObject("attributes");
        if (user != null) {
            facts.put("user", user.getUsername());
            user.getAttributes().forEach((name, values) -> {
                var list = attributes.putArray(name);
                values.forEach(list::add);
            });
        }
        return facts;
    }
}
