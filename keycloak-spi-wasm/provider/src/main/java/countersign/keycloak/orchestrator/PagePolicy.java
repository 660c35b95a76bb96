package countersign.keycloak.orchestrator;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whether a realm's Content-Security-Policy lets our pages have their script and their style (CSP Level 3). */
final class PagePolicy {
    private static final List<String> ENOUGH = List.of("'self'", "*", "https:", "http:");

    private PagePolicy() {}

    /** One line for "Server info". */
    static String verdict(String policy) {
        Map<String, List<String>> directives = directives(policy == null ? "" : policy);
        if (!lets(directives, "script-src")) {
            return "keeps our script away: pages go on by \"Continue\" only; add 'self' to script-src";
        }
        if (!lets(directives, "style-src")) {
            return "keeps our style away; add 'self' to style-src";
        }
        return lets(directives, "connect-src") ? "good" : "keeps our pages from following a check; add 'self' to connect-src";
    }

    private static boolean lets(Map<String, List<String>> directives, String name) {
        List<String> sources = directives.getOrDefault(name, directives.get("default-src"));
        return sources == null || sources.stream().anyMatch(ENOUGH::contains);
    }

    /** The first of a name counts (CSP Level 3, section 2.2.1). */
    private static Map<String, List<String>> directives(String policy) {
        var directives = new LinkedHashMap<String, List<String>>();
        for (String directive : policy.split(";")) {
            List<String> words = Arrays.asList(directive.trim().split("\\s+"));
            directives.putIfAbsent(words.get(0).toLowerCase(), words.subList(1, words.size()));
        }
        return directives;
    }
}
