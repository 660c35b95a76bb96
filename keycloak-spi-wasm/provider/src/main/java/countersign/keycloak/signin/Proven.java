package countersign.keycloak.signin;

import java.util.List;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.common.util.Time;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.sessions.AuthenticationSessionModel;

/** That a person was seen, as the user session keeps it. */
public final class Proven {
    /** When, in seconds since 1970. */
    public static final String AT = "countersign.at";

    /** The authentication context class of the rule that asked for it. */
    public static final String ACR = "countersign.acr";

    /** How, as RFC 8176 names it, separated by spaces. */
    public static final String AMR = "countersign.amr";

    /** What a check gives unless a rule says otherwise; the core's own word. */
    public static final String USUAL_ACR = "urn:countersign:acr:biometric";

    /** The authentication session's notes of the rule that wants a step-up, and of what fulfilling it gives. */
    public static final String RULE_NOTE = "countersign.rule";

    public static final String ACR_NOTE = "countersign.acr";

    /** A face was recognised, and who did it was there (RFC 8176 section 2). */
    private static final List<String> FACE = List.of("face", "user");

    /** The same with a key of the device's. */
    private static final List<String> FACE_AND_KEY = List.of("face", "user", "pop");

    private Proven() {}

    /** Notes it for the session that this sign-in will have, and that the device is known from now on. */
    public static void note(
            KeycloakSession session,
            RealmModel realm,
            AuthenticationSessionModel authSession,
            UserModel user,
            String acr,
            boolean withKey) {
        authSession.setUserSessionNote(AT, String.valueOf(Time.currentTimeSeconds()));
        authSession.setUserSessionNote(AMR, String.join(" ", withKey ? FACE_AND_KEY : FACE));
        authSession.setUserSessionNote(ACR, acr);
        KnownDevice.remember(session, realm, user);
    }

    /** Whether the person was seen in this sign-in, or in the session that it continues, at most so long ago. */
    static boolean within(AuthenticationFlowContext context, long seconds) {
        String now = context.getAuthenticationSession().getUserSessionNotes().get(AT);
        return isWithin(now, seconds) || isWithin(before(context), seconds);
    }

    private static String before(AuthenticationFlowContext context) {
        var parent = context.getAuthenticationSession().getParentSession();
        UserSessionModel before = context.getSession().sessions().getUserSession(context.getRealm(), parent.getId());
        UserModel user = context.getUser();
        boolean theirs = before != null && user != null && user.getId().equals(before.getUser().getId());
        return theirs ? before.getNote(AT) : null;
    }

    private static boolean isWithin(String at, long seconds) {
        try {
            return at != null && Time.currentTimeSeconds() - Long.parseLong(at) <= seconds;
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
