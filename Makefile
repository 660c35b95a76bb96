# The only list of commands. Bare `make` prints it.
# Needs Rust by rustup, Python 3, Node 20 and make, and for Keycloak a JDK and Maven; the rest goes into .local/ and
# node_modules/.

TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
VENV       := .local/venv
ENVOY      := $(VENV)/bin/envoy
MDBOOK_VERSION := 0.5.4
MDBOOK     := .local/mdbook-$(MDBOOK_VERSION)/bin/mdbook
BOOK       := dist/book
ONFIDO     := $(VENV)/.onfido
SCHEMAS    := $(VENV)/.schemas
WASM_OPT   := filter/wasm-opt/node_modules/.bin/wasm-opt
BUILT_WASM := $(TARGET_DIR)/wasm32-wasip1/release/countersign_filter.wasm
BUILT_GUEST := $(TARGET_DIR)/wasm32-unknown-unknown/guest/countersign_guest.wasm
GUEST      := $(abspath $(TARGET_DIR))/keycloak/guest.wasm
MVN        := mvn --batch-mode --no-transfer-progress -f keycloak-spi-wasm/pom.xml -Dguest.wasm=$(GUEST) -Dtools.dir=$(abspath $(TARGET_DIR))/tools
NPM_CI     := npm ci --no-audit --no-fund --loglevel=error
NODE_DIRS  := $(patsubst %/package-lock.json,%,$(wildcard filter/wasm-opt/package-lock.json examples/bank/package-lock.json tests/browser/package-lock.json))
# Paths of the machine that builds do not belong into a filter that is shipped, and would make it differ.
CARGO_HOME_DIR := $(or $(CARGO_HOME),$(HOME)/.cargo)
REMAP := --remap-path-prefix=$(CURDIR)=. --remap-path-prefix=$(CARGO_HOME_DIR)=cargo

.DEFAULT_GOAL := help
.PHONY: help tools setup build wasm oci keycloak keycloak-demo hostile guest java lint deny test test-core test-cli test-orchestrator \
	test-bank test-envoy test-vendor test-browser test-book test-oci test-kubernetes test-monitoring test-docker test-keycloak book reference mutants \
	bench bench-keycloak demo docker docker-down profile ci clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

tools:
	@missing=; \
	command -v cargo >/dev/null || missing="$$missing\n  cargo: install Rust with rustup, see rustup.rs"; \
	command -v npm >/dev/null || missing="$$missing\n  npm: install Node.js 20 or later"; \
	command -v python3 >/dev/null || missing="$$missing\n  python3: install Python 3.9 or later"; \
	if command -v node >/dev/null; then \
	  node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' || missing="$$missing\n  node: this is $$(node --version); install Node.js 20 or later"; \
	else missing="$$missing\n  node: install Node.js 20 or later"; fi; \
	if command -v python3 >/dev/null; then \
	  python3 -c 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || missing="$$missing\n  python3: needs 3.9 or later with venv (Debian: apt-get install python3-venv)"; fi; \
	if [ -n "$$missing" ]; then printf "missing:$$missing\n" >&2; exit 1; fi

setup: tools $(ENVOY) $(NODE_DIRS:%=%/node_modules/.installed) ## install Envoy, the wasm target and the npm packages, here
	@command -v rustup >/dev/null && rustup target list --installed | grep -qx wasm32-wasip1 || rustup target add wasm32-wasip1

$(ENVOY): envoy/requirements.txt
	@echo "setup: Envoy into $(VENV) (a download of 37 MB)"
	@python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r envoy/requirements.txt
	@touch $@

$(ONFIDO): tests/vendor/requirements.txt $(ENVOY)
	@echo "setup: the vendor's client of the IDV API into $(VENV)"
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/vendor/requirements.txt
	@touch $@

$(SCHEMAS): tests/kubernetes/requirements.txt $(ENVOY)
	@echo "setup: readers of schemas into $(VENV)"
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

%/node_modules/.installed: %/package-lock.json
	@echo "setup: npm packages of $*"
	@cd $* && $(NPM_CI)
	@touch $@

build: tools ## build the orchestrator, the IDV simulator and the command line
	cargo build --locked --profile tools --workspace --exclude countersign-filter --bins

wasm: tools filter/wasm-opt/node_modules/.installed ## build the optimised filter, dist/countersign.wasm
	@command -v rustup >/dev/null && rustup target list --installed | grep -qx wasm32-wasip1 || rustup target add wasm32-wasip1
	CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="$(REMAP)" cargo build --locked --release -p countersign-filter --target wasm32-wasip1
	@$(MAKE) --no-print-directory dist/countersign.wasm

dist/countersign.wasm: $(BUILT_WASM) filter/wasm-opt/package-lock.json
	@mkdir -p dist
	$(WASM_OPT) -O3 --one-caller-inline-max-function-size=100 --strip-producers --strip-debug -o $@ $(BUILT_WASM)
	@wc -c < $@ | xargs printf 'dist/countersign.wasm: %s bytes\n'

$(BUILT_WASM):
	@$(MAKE) --no-print-directory wasm

oci: wasm ## the filter as OCI image and artifact in dist/oci, with its SBOM
	@python3 envoy/oci/build.py

java:
	@missing=; \
	command -v javac >/dev/null || missing="$$missing\n  javac: install a JDK, 17 or later (Debian: apt-get install default-jdk-headless)"; \
	command -v mvn >/dev/null || missing="$$missing\n  mvn: install Maven 3.8 or later (Debian: apt-get install maven)"; \
	if [ -n "$$missing" ]; then printf "missing:$$missing\n" >&2; exit 1; fi

guest: tools filter/wasm-opt/node_modules/.installed
	@command -v rustup >/dev/null && rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$(REMAP)" cargo build --locked --profile guest -p countersign-guest --target wasm32-unknown-unknown
	@mkdir -p $(dir $(GUEST))
	@$(WASM_OPT) -O2 --one-caller-inline-max-function-size=100 --strip-producers --strip-debug -o $(GUEST).new $(BUILT_GUEST)
	@cmp -s $(GUEST).new $(GUEST) || mv $(GUEST).new $(GUEST)
	@rm -f $(GUEST).new

keycloak: guest java ## build Keycloak's provider, dist/countersign-keycloak.jar
	$(MVN) --quiet -pl provider package -DskipTests
	@mkdir -p dist
	@cp keycloak-spi-wasm/provider/target/countersign-keycloak.jar dist/
	@wc -c < dist/countersign-keycloak.jar | xargs printf 'dist/countersign-keycloak.jar: %s bytes\n'

# The same around a core gone bad, for tests: never in dist/.
HOSTILE := $(abspath $(TARGET_DIR))/keycloak/hostile
hostile: guest java
	@mkdir -p $(HOSTILE)
	@cargo build --quiet --locked --profile guest -p countersign-guest --features hostile --target wasm32-unknown-unknown --target-dir $(HOSTILE)/cargo
	@cp $(HOSTILE)/cargo/wasm32-unknown-unknown/guest/countersign_guest.wasm $(HOSTILE)/guest.wasm
	@$(MVN) --quiet -Dguest.wasm=$(HOSTILE)/guest.wasm -Dbuild.dir=$(HOSTILE)/maven -pl provider package -DskipTests

keycloak-demo: tools build keycloak .local/keycloak ## Keycloak with the example realm on localhost; Ctrl-C stops it
	@python3 keycloak-spi-wasm/demo/demo.py

# The distribution, from Maven; kept.
.local/keycloak: keycloak-spi-wasm/pom.xml keycloak-spi-wasm/tests/pom.xml
	@echo "setup: Keycloak into $@ (a download of 177 MB)"
	@$(MVN) --quiet -pl tests generate-test-resources
	@touch $@

lint: tools ## formatting and clippy, warnings denied
	@python3 tests/runner/run.py format clippy

deny: ## licences, bans and sources of the dependencies (cargo-deny)
	@python3 tests/runner/run.py deny

# Without Java the suites about Keycloak are skipped, aloud.
JAVA := $(and $(shell command -v javac),$(shell command -v mvn))

test: setup $(ONFIDO) $(SCHEMAS) $(MDBOOK) build wasm oci $(if $(JAVA),keycloak hostile) ## everything; ends with `N passed, N failed, N skipped`
	@python3 tests/runner/run.py

test-core: tools ## the core, natively
	@python3 tests/runner/run.py core

test-cli: tools ## the command line
	@python3 tests/runner/run.py cli

test-orchestrator: tools ## the reference orchestrator, on SQLite and PostgreSQL
	@python3 tests/runner/run.py orchestrator

test-bank: setup ## the relying party by itself
	@python3 tests/runner/run.py bank

test-envoy: setup build wasm ## everything in a real Envoy
	@python3 tests/runner/run.py envoy

test-vendor: setup $(ONFIDO) build wasm ## what is said to IDV, by the vendor's own client
	@python3 tests/runner/run.py vendor

test-oci: setup $(SCHEMAS) oci ## the image, the artifact and the SBOM
	@python3 tests/runner/run.py oci oci-registry

test-kubernetes: setup $(SCHEMAS) wasm ## the manifests of envoy/kubernetes
	@python3 tests/runner/run.py kubernetes

test-monitoring: setup build wasm ## dashboards and alerts, with a real Prometheus at the demo
	@python3 tests/runner/run.py monitoring

test-browser: setup build wasm ## the bank's pages in headless Chromium
	@python3 tests/runner/run.py browser

test-book: tools $(MDBOOK) ## the documentation builds, and every link in it leads somewhere
	@python3 tests/runner/run.py book

test-keycloak: keycloak hostile build ## Keycloak's provider, alone and in a real Keycloak with headless Chromium
	@python3 tests/runner/run.py jvm jvm-25 keycloak keycloak-demo

test-docker: setup build wasm ## the flows through containers, and containers that are killed
	@python3 tests/runner/run.py docker

mutants: setup build ## take each check out of the filter, and see the tests about it fail
	@python3 tests/mutants/mutants.py

bench: setup build wasm ## measure, and write docs/performance.md and what quotes it
	cargo run --locked --profile tools -p countersign-tests --bin bench -- --write
	@$(MAKE) --no-print-directory reference

bench-keycloak: guest java ## measure decisions inside a JVM, as docs/keycloak.md has them
	@$(MVN) --quiet -pl provider test -Dno.tests= -Dgroups=figures

book: tools $(MDBOOK) ## build the documentation, dist/book
	@$(MDBOOK) build docs --dest-dir $(abspath $(BOOK))
	@echo "open $(abspath $(BOOK))/index.html"

reference: tools ## write the parts of docs/ that are made from the code
	cargo run --locked --profile tools -p countersign-tests --bin reference -- --write

# Compiled once, some minutes; without its server.
$(MDBOOK):
	@echo "setup: mdBook $(MDBOOK_VERSION) into .local (compiled, some minutes)"
	@cargo install --quiet --locked --root $(@:/bin/mdbook=) --version $(MDBOOK_VERSION) --no-default-features --features search mdbook

demo: setup build wasm ## the whole thing on localhost; Ctrl-C stops it
	@python3 examples/demo/demo.py

profile: tools ## print a profile, NAME=entrust-idv for example
	@cargo run --quiet --locked --profile tools -p countersign-cli -- profile "$(NAME)"

docker: wasm ## the whole thing in containers; OBSERVE=1 adds Prometheus and Grafana
	@python3 envoy/docker/sandbox.py up $(if $(OBSERVE),--observe)

docker-down: ## end what `make docker` started; VOLUMES=1 forgets what it kept
	@python3 envoy/docker/sandbox.py down $(if $(VOLUMES),--volumes)

ci: ## what CI runs
	@.ci/run

clean: ## remove what was built and installed here
	rm -rf dist .local tests/artifacts keycloak-spi-wasm/*/target $(NODE_DIRS:%=%/node_modules)
	cargo clean
