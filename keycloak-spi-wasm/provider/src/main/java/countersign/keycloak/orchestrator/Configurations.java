package countersign.keycloak.orchestrator;

import countersign.keycloak.Settings;
import countersign.keycloak.guest.GuestModule;
import countersign.keycloak.guest.Unanswered;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.keycloak.models.RealmModel;

/** The configurations of this server's realms, read when they are first asked for and when their text has changed. */
public final class Configurations {
    private static final Logger LOG = Logger.getLogger(Configurations.class);

    private static final int KEPT = 1000;

    private static final Configurations OF_THIS_SERVER =
            new Configurations(document -> GuestModule.loaded().call(document), System.getenv());

    private final Guest guest;
    private final Map<String, String> environment;
    private final Map<String, String> policies = new ConcurrentHashMap<>();
    private final Map<String, Configuration> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Configuration> eldest) {
            return size() > KEPT;
        }
    };

    Configurations(Guest guest, Map<String, String> environment) {
        this.guest = guest;
        this.environment = environment;
    }

    /** A realm's configuration; empty where it has none, and nothing of ours has anything to say. */
    public static Optional<Configuration> of(RealmModel realm) throws Unanswered {
        String policy = realm.getBrowserSecurityHeaders().get("contentSecurityPolicy");
        OF_THIS_SERVER.policies.put(realm.getName(), PagePolicy.verdict(policy));
        return OF_THIS_SERVER.read(realm.getName(), realm.getAttribute(Settings.CONFIGURATION));
    }

    /** For "Server info": what was read so far. */
    public static Map<String, String> operationalInfo() {
        var info = new LinkedHashMap<>(OF_THIS_SERVER.summaries());
        info.put("Orchestrator", Orchestrator.ofThisServer().lastHeard());
        return info;
    }

    Optional<Configuration> read(String realm, String text) throws Unanswered {
        if (text == null || text.isBlank()) {
            return Optional.empty();
        }
        synchronized (known) {
            Configuration last = known.get(realm);
            if (last != null && last.isOf(text)) {
                return Optional.of(last);
            }
        }
        // Outside of the lock: the core may take its time.
        Configuration read = Configuration.read(text, environment, guest);
        Configuration before;
        synchronized (known) {
            before = known.put(realm, read);
        }
        if (before == null || !before.isOf(text)) {
            report(realm, read);
        }
        return Optional.of(read);
    }

    private static void report(String realm, Configuration read) {
        read.errors().forEach(error -> LOG.errorf("Realm %s: configuration: %s", realm, error));
        read.warnings().forEach(warning -> LOG.warnf("Realm %s: configuration: %s", realm, warning));
        LOG.infof("Realm %s: configuration: %s", realm, read.loads() ? read.summary() : "does not load");
    }

    Map<String, String> summaries() {
        var summaries = new LinkedHashMap<String, String>();
        synchronized (known) {
            known.forEach((realm, read) -> {
                summaries.put("Realm " + realm, read.summary());
                summaries.put("Realm " + realm + ", Content-Security-Policy", policies.getOrDefault(realm, "unknown"));
            });
        }
        return summaries;
    }
}
