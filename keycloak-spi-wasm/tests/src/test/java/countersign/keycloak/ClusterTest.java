package countersign.keycloak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import countersign.keycloak.harness.Cluster;
import countersign.keycloak.harness.FaceCheck;
import countersign.keycloak.harness.Login;
import countersign.keycloak.harness.Posting;
import countersign.keycloak.harness.Realm;
import countersign.keycloak.harness.StepUpPage;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Begun on one node, finished on the other: both on one PostgreSQL. */
@EnabledIf("countersign.keycloak.harness.Cluster#isPossible")
class ClusterTest {
    private static final String RULES = "[{\"id\":\"passkeys\",\"ceremony\":\"authentication\",\"require\":\"step_up\"}]";

    private static Cluster cluster;
    private static FaceCheck faces;
    private static Realm stepUp;
    private static Realm verdict;

    @BeforeAll
    static void start() throws IOException {
        faces = new FaceCheck();
        cluster = new Cluster();
        stepUp = Realm.of("step-up", faces.configuration());
        cluster.first.create(stepUp.stepUpJson());
        verdict = Realm.of("verdict", faces.configuration(RULES));
        cluster.first.create(verdict.json());
        faces.enrol(stepUp.ada().id());
        faces.enrol(verdict.ada().id());
    }

    private static StepUpPage begun() {
        return new StepUpPage(new Login(cluster.first, stepUp, "payroll").password("ada", "correct horse"));
    }

    /** The form of a page, posted to the second node. */
    private static Login postAtSecond(StepUpPage page, List<Map.Entry<String, String>> held) {
        var fields = new ArrayList<>(held);
        fields.add(Map.entry("countersign_secret", page.secret));
        page.browser.post(cluster.atSecond(page.action), fields);
        return page.browser;
    }

    @Test
    void aStepUpIsFinishedOnTheOther() {
        StepUpPage page = begun();
        faces.capture(page.capture, "mine");
        assertEquals("pending", StepUpPage.follow(page.browser, cluster.atSecond(page.status)), "nobody has asked yet");
        Login browser = postAtSecond(page, List.of());
        assertNotNull(browser.code(), () -> browser.status() + browser.body());
        assertEquals(
                stepUp.ada().id(),
                cluster.first.token(stepUp, "payroll", browser.code(), Login.REDIRECT).path("sub").asText());
    }

    @Test
    void aPhoneTakesItOverOnTheOther() {
        Login browser = new Login(cluster.first, stepUp, "payroll").password("ada", "correct horse");
        StepUpPage page = new StepUpPage(browser);
        String token = URI.create(StepUpPage.phone(browser)).getFragment();
        String number = StepUpPage.number(browser);
        Login phone = new Login(cluster.second, stepUp, "payroll");
        String consume = cluster.second.url() + "/realms/step-up/countersign/phone/consume";
        String capture = StepUpPage.post(phone, consume, Map.of("token", token, "number", number))
                .path("client").path("captureUrl").asText();
        assertEquals(200, phone.status(), phone.body());
        StepUpPage.post(phone, consume.replace(cluster.second.url(), cluster.first.url()), Map.of("token", token, "number", number));
        assertEquals(403, phone.status(), "spent on the other node");
        faces.capture(capture, "mine");
        assertNotNull(postAtSecond(page, List.of()).code());
    }

    @Test
    void anAssertionWaitsOnOneAndGoesOnAtTheOther() {
        var login = new Login(cluster.first, verdict, "countersigned-passkey");
        var fields = new Posting(login, verdict.ada().passkey(), verdict.ada().id()).fields();
        login.post(fields);
        assertNull(login.code());
        StepUpPage page = new StepUpPage(login);
        faces.capture(page.capture, "mine");
        assertNotNull(postAtSecond(page, fields).code());
    }

    @Test
    void ofManyPostsAtBothNodesOneGoesOn() throws Exception {
        StepUpPage page = begun();
        faces.capture(page.capture, "mine");
        long completed = faces.gate.heard("/complete");
        var tries = new ArrayList<Callable<Boolean>>();
        for (int number = 0; number < 20; number++) {
            Login browser = page.browser.copy();
            String action = number % 2 == 0 ? page.action : cluster.atSecond(page.action);
            tries.add(() -> {
                browser.post(action, List.of(Map.entry("countersign_secret", page.secret)));
                return browser.code() != null;
            });
        }
        var pool = Executors.newFixedThreadPool(tries.size());
        int through = 0;
        for (Future<Boolean> attempt : pool.invokeAll(tries)) {
            through += attempt.get() ? 1 : 0;
        }
        pool.shutdown();
        assertTrue(through <= 1, through + " got through");
        assertEquals(completed + 1, faces.gate.heard("/complete"));
    }

    @Test
    void aRefusalOnOneIsARefusalOnBoth() {
        StepUpPage page = begun();
        faces.capture(page.capture, "someone_else");
        Login copy = page.browser.copy();
        assertNull(page.post(page.secret).code());
        copy.post(cluster.atSecond(page.action), List.of(Map.entry("countersign_secret", page.secret)));
        assertNull(copy.code());
        assertFalse(copy.isSignedIn());
    }
}
