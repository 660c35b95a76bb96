package countersign.keycloak.orchestrator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PagePolicyTest {
    private record Row(String policy, String verdict) {}

    @Test
    void saysWhatIsMissing() {
        for (Row row : List.of(
                new Row(null, "good"),
                new Row("", "good"),
                new Row("frame-src 'self'; frame-ancestors 'self'; object-src 'none';", "good"),
                new Row("default-src 'self'", "good"),
                new Row("script-src 'self' 'unsafe-inline'", "good"),
                new Row("SCRIPT-SRC 'self'", "good"),
                new Row("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'", "good"),
                new Row("script-src 'none'; script-src 'self'", "script-src"),
                new Row("default-src 'none'", "script-src"),
                new Row("script-src 'nonce-abc'", "script-src"),
                new Row("script-src 'self'; style-src 'none'", "style-src"),
                new Row("script-src 'self'; connect-src 'none'", "connect-src"))) {
            String verdict = PagePolicy.verdict(row.policy);
            boolean fits = row.verdict.equals("good") ? verdict.equals("good") : verdict.contains(row.verdict);
            assertTrue(fits, row + ": " + verdict);
        }
        assertEquals("good", PagePolicy.verdict("img-src 'none'"));
    }
}
