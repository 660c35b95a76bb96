package countersign.keycloak;

import jakarta.ws.rs.core.MultivaluedMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fields of a form that carry a credential, as they were posted, among others that are Keycloak's business. */
public final class PostedFields {
    /** All fields together fit into a document for the core. */
    private static final int LONGEST = 48 * 1024;

    private final MultivaluedMap<String, String> form;
    private final List<String> names;

    /** Without a form, null, no field is there. */
    public PostedFields(MultivaluedMap<String, String> form, List<String> names) {
        this.form = form;
        this.names = names;
    }

    /** What is wrong with the fields, whoever reads them: null when nothing is. */
    public Refusal fault() {
        if (form == null) {
            return null;
        }
        long length = 0;
        for (Map.Entry<String, List<String>> field : form.entrySet()) {
            if (names.contains(field.getKey())) {
                if (field.getValue().size() != 1) {
                    return new Refusal("malformed_request", "a field twice");
                }
                String text = field.getValue().get(0);
                length += text == null ? 0 : text.length();
            } else if (names.stream().anyMatch(field.getKey()::equalsIgnoreCase)) {
                return new Refusal("malformed_request", "a field in another case");
            }
        }
        return length > LONGEST ? new Refusal("body_too_large", "fields too long") : null;
    }

    /** The field's text; null when there is none. */
    public String text(String name) {
        return form == null ? null : form.getFirst(name);
    }

    /** Whether the field is there and not empty: Keycloak's pages post all of them always. */
    public boolean has(String name) {
        String text = text(name);
        return text != null && !text.isEmpty();
    }

    /** Those that are there, for a page that posts them again. */
    public Map<String, String> there() {
        var there = new LinkedHashMap<String, String>();
        names.stream().filter(this::has).forEach(name -> there.put(name, text(name)));
        return there;
    }

    /** Tells one credential from another. */
    public String digest() {
        var all = new StringBuilder();
        there().forEach((name, text) -> all.append(name).append('=').append(text).append('\n'));
        return Encoding.digest(all.toString());
    }
}
