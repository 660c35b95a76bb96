package countersign.keycloak.guest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import countersign.keycloak.guest.compiled.Guest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import run.endive.runtime.Instance;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.MemoryLimits;

/**
 * The core, compiled to JVM classes when the jar was built, loaded and checked once.
 *
 * <p>It is used only when the module's digest is the one that was built in, its interface is the version we speak, and
 * it gives the known answers: a compiler of either kind that mistranslates (JDK-8376400) must not decide who gets in.
 * When anything differs, every question is {@link Unanswered}, which every caller turns into a refusal.
 */
public final class GuestModule {
    private static final Logger LOG = Logger.getLogger(GuestModule.class);

    static final int ABI_VERSION = 1;

    /** 8 MiB: some hundred times the largest document. */
    private static final int PAGES = 128;

    private static final Duration DEADLINE = Duration.ofSeconds(2);

    /** The first questions of a process are slow ones, and not the moment to be strict about time. */
    private static final Duration FIRST_DEADLINE = Duration.ofSeconds(60);

    private static final int ROUNDS = 3;

    private static final class Holder {
        static final GuestModule LOADED = new GuestModule();
    }

    private final Core core;
    private final String fault;
    private final String digest;
    private final String version;
    private final int answers;

    /** The one of this server; the first call loads it. */
    public static GuestModule loaded() {
        return Holder.LOADED;
    }

    private GuestModule() {
        Core checked = null;
        String found = null;
        String builtFrom = "unknown";
        String said = "unknown";
        int given = 0;
        try {
            Properties built = built();
            builtFrom = built.getProperty("wasm");
            same("what the guest was compiled to", built.getProperty("meta"), sha256("compiled/Guest.meta"));
            WasmModule module = Guest.load();
            int initial = module.memorySection().orElseThrow().getMemory(0).limits().initialPages();
            var limits = new MemoryLimits(initial, PAGES);
            Supplier<Instance> instances = () -> Instance.builder(module)
                    .withMachineFactory(Guest::create)
                    .withMemoryLimits(limits)
                    .build();
            same("ABI version", ABI_VERSION, (int) instances.get().export("abi_version").apply()[0]);
            var patient = new Core(instances, FIRST_DEADLINE);
            said = version(patient);
            for (int round = 0; round < ROUNDS; round++) {
                given = KnownAnswers.check(patient);
            }
            checked = new Core(instances, DEADLINE);
        } catch (IOException | Unanswered | RuntimeException | LinkageError e) {
            found = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            LOG.errorf(e, "The core cannot be used, everything that it should decide is refused: %s", found);
        }
        this.core = checked;
        this.fault = found;
        this.digest = builtFrom;
        this.version = said;
        this.answers = given;
    }

    /** The core's answer to a document. */
    public JsonNode call(ObjectNode document) throws Unanswered {
        if (core == null) {
            throw new Unanswered("the core failed its checks");
        }
        return core.call(document);
    }

    /** For the page "Server info" of the admin console. */
    public Map<String, String> operationalInfo() {
        var info = new LinkedHashMap<String, String>();
        info.put("Core", version);
        info.put("Interface", String.valueOf(ABI_VERSION));
        info.put("Guest SHA-256", digest);
        info.put("Mode", "compiled when the jar was built; no native code");
        info.put("Self-test", fault == null ? "passed: " + answers + " known answers" : "FAILED, all is refused: " + fault);
        info.put("JDK", jdk(Runtime.version().feature()));
        return info;
    }

    /** What we think of a JDK. */
    static String jdk(int feature) {
        // JDK-8376400: before 18, the JIT can miscompile comparisons that the guest is full of.
        return feature < 21 ? feature + ": works; 21 or later is recommended" : feature + ": good";
    }

    private static String version(Core core) throws Unanswered {
        JsonNode answer = core.call(JsonNodeFactory.instance.objectNode().put("op", "about"));
        return answer.path("passed").path("version").asText("unknown");
    }

    private static void same(String what, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new IllegalStateException(what + " is " + found + ", not " + expected);
        }
    }

    private static Properties built() throws IOException {
        var properties = new Properties();
        try (InputStream in = resource("guest.properties")) {
            properties.load(in);
        }
        return properties;
    }

    private static String sha256(String resource) throws IOException {
        try (InputStream in = resource(resource)) {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(in.readAllBytes()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static InputStream resource(String name) throws IOException {
        InputStream in = GuestModule.class.getResourceAsStream(name);
        if (in == null) {
            throw new IOException("the jar lacks " + name);
        }
        return in;
    }
}
