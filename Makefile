# Run `make` to see what there is.
BUILD   ?= .build
RELEASE := $(abspath $(BUILD))/release-static
SWIFT_RELEASE := swift build -c release --static-swift-stdlib --scratch-path $(RELEASE) --product sessiond
PYTEST  := .venv/bin/python -m pytest Tests/EndToEnd

.DEFAULT_GOAL := help
SECONDS ?= 60
.PHONY: help setup setup-test build run dev-cert test test-unit test-e2e test-address test-thread check format
.PHONY: acceptance setup-bench bench bench-build bench-parts bench-allocations setup-fuzz fuzz fuzz-short http-fuzz clean

help: ## List the targets
	@grep -hE '^[a-z][a-z0-9 -]*:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9 -]+):.*## /\1\t/' | expand -t 28

setup: ## Install what the build needs (Debian packages)
	@scripts/setup.sh build

setup-test: setup ## Install what the tests need (Debian packages, Python packages in .venv)
	@scripts/setup.sh test

build: setup ## Build the release binary
	$(SWIFT_RELEASE)

run: build ## Build and run the server on 127.0.0.1:5000
	$(RELEASE)/release/sessiond serve $(ARGS)

test: setup-test test-unit test-e2e ## Set up and run all tests

test-unit: setup ## Unit tests
	swift test --scratch-path $(BUILD)/debug

test-e2e: setup-test build bench-build ## The release binary with real clients
	SESSIOND_BINARY=$(RELEASE)/release/sessiond SESSIOND_BENCH=$(RELEASE)/release/sessiond-bench $(PYTEST)

test-address test-thread: test-%: setup-test ## All tests under AddressSanitizer or ThreadSanitizer
	scripts/test-sanitized.sh $* $(BUILD)/$*

check: ## Format, import arrows, pointer allow-list, file size
	@scripts/check.sh

format: ## Format all Swift files in place
	swift format --in-place --parallel --recursive Package.swift Sources Tests Fuzz/Package.swift Fuzz/Sources

acceptance: setup-test build ## The long runs: load, kill -9, expiry, hashing storm
	SESSIOND_BINARY=$(RELEASE)/release/sessiond scripts/acceptance.sh

setup-bench: setup
	@scripts/setup.sh bench

bench: setup-bench build ## Measure the server beside others: results, plots and tables in docs/benchmarks. ARGS=--help
	SESSIOND_BINARY=$(RELEASE)/release/sessiond Benchmarks/.venv/bin/python Benchmarks/bench.py $(ARGS)

bench-build: setup
	swift build -c release --static-swift-stdlib --scratch-path $(RELEASE) --product sessiond-bench

bench-parts: bench-build ## Nanoseconds and allocations of each part: ARGS=--json; or ARGS=gate, ARGS=sessions
	$(RELEASE)/release/sessiond-bench $(if $(filter gate sessions,$(ARGS)),,parts) $(ARGS)

bench-allocations: setup-test build bench-build ## Who allocates in a request, and why: docs/benchmarks/allocations.md; ARGS=--limits
	SESSIOND_BINARY=$(RELEASE)/release/sessiond SESSIOND_BENCH=$(RELEASE)/release/sessiond-bench \
	    .venv/bin/python Benchmarks/allocations.py $(ARGS)

setup-fuzz:
	@scripts/setup.sh fuzz

fuzz: setup ## libFuzzer on each parser: SECONDS=60 of CPU time, TARGETS=all
	scripts/fuzz.sh $(BUILD)/fuzz $(SECONDS) $(TARGETS)

fuzz-short: setup ## The same, ten seconds each
	scripts/fuzz.sh $(BUILD)/fuzz 10

http-fuzz: setup-test setup-fuzz ## Hostile requests on sockets, against AddressSanitizer, beside nginx and behind it: ARGS=--count…
	swift build --sanitize=address --scratch-path $(BUILD)/address --product sessiond
	ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no SESSIOND_BINARY=$(BUILD)/address/debug/sessiond \
	    .venv/bin/python Tests/EndToEnd/acceptance/http_fuzz.py $(ARGS)

dev-cert: setup ## Make a certificate for trials with TLS, in ./dev-cert
	@mkdir -p -m 700 dev-cert
	@umask 077; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1 -addext basicConstraints=critical,CA:false \
		-keyout dev-cert/key.pem -out dev-cert/cert.pem 2>/dev/null
	@echo "SESSIOND_TLS_CERTIFICATE=dev-cert/cert.pem SESSIOND_TLS_KEY=dev-cert/key.pem make run"

clean: ## Remove everything that was built
	rm -rf $(BUILD) .venv Benchmarks/.venv
