package countersign.keycloak.signin;

import countersign.keycloak.Encoding;
import jakarta.ws.rs.core.Cookie;
import jakarta.ws.rs.core.NewCookie;
import java.util.ArrayList;
import java.util.List;
import org.keycloak.TokenCategory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.representations.JsonWebToken;

/**
 * Remembers on a device for whom a person was seen there: a cookie that the realm has signed.
 *
 * <p>It says who by digests that only this realm's cookie has, so it names nobody. A cookie that is missing, of another
 * realm, too old, or not ours means that the device is new.
 */
public final class KnownDevice {
    static final String COOKIE = "COUNTERSIGN_DEVICE";

    /** Half a year. */
    private static final int LIFE = 180 * 24 * 3600;

    /** So many people share a device; the one who was seen longest ago is forgotten. */
    private static final int MOST = 8;

    private KnownDevice() {}

    /** Whether this user was seen on the device that asks. */
    public static boolean knows(KeycloakSession session, RealmModel realm, UserModel user) {
        return people(session, realm).contains(digest(realm, user));
    }

    /** The person was seen: from now on the device is known. */
    public static void remember(KeycloakSession session, RealmModel realm, UserModel user) {
        var people = new ArrayList<>(people(session, realm));
        String seen = digest(realm, user);
        people.remove(seen);
        people.add(seen);
        var token = new Token();
        token.issuedNowWithTTL(LIFE);
        token.issuer(realm.getId());
        token.setOtherClaims(Token.PEOPLE, people.subList(Math.max(0, people.size() - MOST), people.size()));
        var uri = session.getContext().getUri();
        session.getContext().getHttpResponse().setCookieIfAbsent(new NewCookie.Builder(COOKIE)
                .value(session.tokens().encode(token))
                .path(uri.getBaseUri().getPath() + "realms/" + realm.getName() + "/")
                .maxAge(LIFE)
                .secure("https".equals(uri.getBaseUri().getScheme()))
                .httpOnly(true)
                .sameSite(NewCookie.SameSite.LAX)
                .build());
    }

    private static List<String> people(KeycloakSession session, RealmModel realm) {
        Cookie cookie = session.getContext().getHttpRequest().getHttpHeaders().getCookies().get(COOKIE);
        Token token = cookie == null ? null : session.tokens().decode(cookie.getValue(), Token.class);
        if (token == null || !realm.getId().equals(token.getIssuer()) || !token.isActive()) {
            return List.of();
        }
        return token.getOtherClaims().get(Token.PEOPLE) instanceof List<?> people
                ? people.stream().filter(String.class::isInstance).map(String.class::cast).toList()
                : List.of();
    }

    private static String digest(RealmModel realm, UserModel user) {
        return Encoding.digest(realm.getId() + " " + user.getId());
    }

    /** Signed with the realm's key for its own tokens: no other party can make one. */
    public static final class Token extends JsonWebToken {
        static final String PEOPLE = "countersign_people";

        @Override
        public TokenCategory getCategory() {
            return TokenCategory.INTERNAL;
        }
    }
}
