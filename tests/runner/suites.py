"""Every suite of `make test`, in the order it is run: what fails fast comes first."""

import glob
import os
import shutil
import sys
from dataclasses import dataclass, field
from typing import Callable

import count

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "docker"))
import engine  # noqa: E402

CARGO_TEST = ["cargo", "test", "--locked", "--profile", "tools", "--no-fail-fast"]

# The guest too: it is the core behind one function.
CORE = [flag for crate in ("core", "wire", "guest") for flag in ("-p", f"countersign-{crate}")]

# What `make keycloak` and `make build` built.
TARGET = os.path.abspath(os.environ.get("CARGO_TARGET_DIR") or "target")
GUEST = os.path.join(TARGET, "keycloak", "guest.wasm")
TOOLS = os.path.join(TARGET, "tools")
JAR = "dist/countersign-keycloak.jar"
MAVEN = [
    *["mvn", "--batch-mode", "--no-transfer-progress", "-f", "keycloak-spi-wasm/pom.xml"],
    *[f"-Dguest.wasm={GUEST}", f"-Dtools.dir={TOOLS}", "test"],
]

CLIPPY = [
    *["cargo", "clippy", "--locked", "--profile", "tools", "--workspace", "--all-targets"],
    *["--", "--deny", "warnings"],
]


def unittest(directory, python="python3"):
    return [python, "-m", "unittest", "discover", "--verbose", "-s", directory]


@dataclass(frozen=True)
class Suite:
    """One step: `command` runs at the root of the repository, `reader` counts what it printed.

    `missing` says what the machine lacks for it, if anything. Then the suite is skipped aloud, and
    counted as skipped. In CI (CI=true) what `.ci/run` should have installed counts as failed; what it
    does not install is `optional`.
    """

    name: str
    says: str
    command: list
    reader: Callable
    environment: dict = field(default_factory=dict)
    missing: Callable = lambda: None
    optional: bool = False


def no_chromium():
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not os.access(path, os.X_OK):
        return f"there is no {path}: install Chromium (Debian: apt-get install chromium), or set CHROMIUM"
    return None


def no_java():
    for program, package in (("javac", "default-jdk-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            return f"there is no {program}: install it (Debian: apt-get install {package})"
    if not os.path.exists(GUEST) or not os.path.exists(JAR):
        return f"there is no {JAR}: run `make keycloak` first"
    return None


def java_25():
    """The `java` of a JDK 25, or None: Debian has none, so it is somebody's own."""
    homes = [os.environ.get("JAVA25_HOME"), *sorted(glob.glob("/usr/lib/jvm/*25*"))]
    programs = [os.path.join(home, "bin", "java") for home in homes if home]
    return next((program for program in programs if os.access(program, os.X_OK)), None)


def no_java_25():
    return no_java() or (None if java_25() else "there is no JDK 25: install one, and set JAVA25_HOME")


def no_java_or_chromium():
    return no_java() or no_chromium()


def no_registry():
    for program in ("skopeo", "docker-registry"):
        if shutil.which(program) is None:
            return f"there is no {program}: install it (Debian: apt-get install {program})"
    return None


def no_prometheus():
    for program in ("prometheus", "promtool"):
        if shutil.which(program) is None:
            return f"there is no {program}: install Prometheus (Debian: apt-get install prometheus)"
    return None


def no_cargo_deny():
    if shutil.which("cargo-deny") is None:
        return "cargo-deny is not installed: cargo install --locked cargo-deny"
    return None


SUITES = [
    Suite("runner", "the test runner's own tests", unittest("tests/runner"), count.unittest),
    Suite("format", "rustfmt", ["cargo", "fmt", "--all", "--check"], count.exit_code),
    Suite("clippy", "no warning, and nothing that can panic in core, filter and guest", CLIPPY, count.exit_code),
    Suite(
        "deny",
        "licences, bans and sources of the dependencies",
        ["cargo", "deny", "--offline", "check", "licenses", "bans", "sources"],
        count.exit_code,
        missing=no_cargo_deny,
        optional=True,
    ),
    Suite("core", "the core, natively", [*CARGO_TEST, *CORE], count.cargo),
    Suite("cli", "the command line", [*CARGO_TEST, "-p", "countersign-cli"], count.cargo),
    Suite(
        "orchestrator",
        "the reference orchestrator and the IDV simulator, on SQLite and PostgreSQL",
        [*CARGO_TEST, "-p", "countersign-orchestrator"],
        count.cargo,
    ),
    Suite("bank", "the relying party by itself", ["npm", "test", "--silent", "--prefix", "examples/bank"], count.node),
    Suite("envoy", "the tables, through a real Envoy", [*CARGO_TEST, "-p", "countersign-tests"], count.cargo),
    Suite(
        "vendor",
        "what is said to IDV, by the vendor's own client",
        unittest("tests/vendor", ".local/venv/bin/python"),
        count.unittest,
    ),
    Suite("mutants", "the mutants fit the source; `make mutants` runs them", unittest("tests/mutants"), count.unittest),
    Suite("documents", "links, tables, samples, and the rows of the threat model", unittest("tests/documents"), count.unittest),
    Suite("book", "the documentation builds, and everything in it leads somewhere", unittest("tests/book"), count.unittest),
    Suite(
        "oci",
        "the image, the artifact and the SBOM, read back",
        unittest("tests/oci", ".local/venv/bin/python"),
        count.unittest,
    ),
    Suite(
        "oci-registry",
        "the same through skopeo and a registry",
        [*unittest("tests/oci"), "-p", "registry_*.py"],
        count.unittest,
        missing=no_registry,
    ),
    Suite(
        "kubernetes",
        "the manifests, by published schemas and in the real Envoy",
        unittest("tests/kubernetes", ".local/venv/bin/python"),
        count.unittest,
    ),
    Suite("demo", "the demo starts, stops, and says what is wrong", unittest("examples/demo"), count.unittest),
    Suite(
        "monitoring",
        "dashboards and alerts, with a real Prometheus at the demo",
        unittest("tests/monitoring"),
        count.unittest,
        missing=no_prometheus,
    ),
    Suite(
        "browser",
        "the bank's pages in headless Chromium",
        ["npm", "test", "--silent", "--prefix", "tests/browser"],
        count.node,
        missing=no_chromium,
    ),
    Suite(
        "jvm",
        "the core inside a JVM: the shared vectors, and hostile guests",
        [*MAVEN, "-pl", "provider"],
        count.surefire,
        missing=no_java,
    ),
    Suite(
        "jvm-25",
        "the same on JDK 25",
        [*MAVEN, "-pl", "provider", f"-Djvm={java_25()}"],
        count.surefire,
        missing=no_java_25,
        optional=True,
    ),
    Suite(
        "keycloak",
        "the provider in a real Keycloak, with headless Chromium and a virtual authenticator",
        [*MAVEN, "-pl", "tests", f"-Dprovider.jar={os.path.abspath(JAR)}"],
        count.surefire,
        missing=no_java_or_chromium,
    ),
    Suite(
        "keycloak-demo",
        "Keycloak's demo starts with the example realm, and stops",
        unittest("keycloak-spi-wasm/demo"),
        count.unittest,
        missing=no_java,
    ),
    Suite(
        "docker",
        "the flows through containers, and containers that are killed",
        ["python3", "tests/docker/run.py"],
        count.cargo,
        missing=engine.cannot_be_had,
        optional=True,
    ),
]
