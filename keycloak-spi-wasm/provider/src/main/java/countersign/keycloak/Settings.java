package countersign.keycloak;

import org.keycloak.models.RealmModel;

/** What an administrator set for a realm. */
public final class Settings {
    /** The realm attribute that switches Countersign on; holds the configuration. */
    public static final String CONFIGURATION = "countersign.configuration";

    private Settings() {}

    /** Whether every assertion in this realm is checked, whichever page it came from. */
    public static boolean isOn(RealmModel realm) {
        String configuration = realm == null ? null : realm.getAttribute(CONFIGURATION);
        return configuration != null && !configuration.isBlank();
    }
}
