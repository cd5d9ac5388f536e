# Everything that developers and build machines run, as `make target`.

SHELL       := /bin/bash
GO          ?= go
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
PROMTOOL    := github.com/prometheus/prometheus/cmd/promtool@v0.316.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
CADDY       := github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
CYCLONEDX   := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
FUZZTIME    ?= 20s
APILINT     := internal/api/testdata/lint
PEERS       := $(addsuffix /node_modules,internal/notify/testdata/push internal/webhook/testdata/peer internal/openid/testdata/provider internal/saml/testdata/provider)

# Packages with concurrent code. The others have little of it and would take most
# of the time.
RACE ?= ./cmd/sallyport $(addprefix ./internal/,account act api apptest assurance audit bulk dashboard device doctor factor geo job link mfa notify openid otlp \
	outbound password policy push request retention saml seal server session signin sso store tenant throttle token trace webhook)

export CGO_ENABLED = 0

.DEFAULT_GOAL := help
.PHONY: help build run test race soak drill format check fuzz bench bench-scale model vulncheck sbom release demo clean

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

build: ## Build bin/sallyport, one static binary
	$(GO) build -trimpath -o bin/sallyport ./cmd/sallyport

run: ## Serve from the sources; ARGS="--help" passes arguments
	$(GO) run ./cmd/sallyport serve $(ARGS)

# make check vets. Less garbage collection and no debug information save a minute.
test: export GOGC = 400
test: ## Run every test, on SQLite, PostgreSQL and in Chromium
	scripts/setup.sh
	@$(MAKE) --no-print-directory format $(PEERS) bin/caddy
	$(GO) run ./internal/pgtest/withpg -- $(GO) test -count=1 -timeout 15m -vet=off -ldflags=-w ./...

# The race detector needs C, and makes the tests several times slower.
race: export CGO_ENABLED = 1
race: ## Run what is concurrent under the race detector; takes long
	scripts/setup.sh cc
	@$(MAKE) --no-print-directory $(PEERS)
	$(GO) run ./internal/pgtest/withpg -- $(GO) test -race -count=1 -timeout 30m $(RACE)

# The tests that kill or crash something, with SOAK times as many rounds.
SOAK ?= 25
soak: ## Break nodes, databases, disks and clocks in the middle of work; takes long
	SALLYPORT_SOAK=$(SOAK) $(GO) run ./internal/pgtest/withpg -- $(GO) test -count=1 -timeout 60m -v -run 'Kill|Crash|Forger' ./internal/...

drill: build ## Kill the primary of two PostgreSQL under Patroni, with two nodes behind nginx
	scripts/setup.sh drill
	SALLYPORT_DRILL=$(CURDIR)/bin/sallyport $(GO) test -count=1 -timeout 15m -v -run TestDrill ./internal/fault

model: ## Verify the model of session checks from memory, docs/model
	scripts/setup.sh model
	scripts/model.sh

format: # part of test and check
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt these files:"; echo "$$unformatted"; exit 1; fi

check: format bin/golangci-lint bin/staticcheck bin/govulncheck bin/promtool $(APILINT)/node_modules ## Run the static analysis
	$(GO) mod tidy -diff
	bin/staticcheck ./...
	bin/golangci-lint run
	cd $(APILINT) && node_modules/.bin/spectral lint --quiet --fail-severity hint --ruleset spectral.yaml ../openapi.json
	cd $(APILINT) && REDOCLY_SUPPRESS_UPDATE_NOTICE=true node_modules/.bin/redocly lint --config redocly.yaml ../openapi.json
	bin/promtool check rules --lint=all --lint-fatal docs/monitoring/alerts.yml
	bin/promtool test rules docs/monitoring/alerts_test.yml
	rm -f bin/metrics && SALLYPORT_METRICS=$(CURDIR)/bin/metrics $(GO) test -count=1 -run TestMonitoring ./internal/server && bin/promtool check metrics <bin/metrics
	scripts/vulncheck.sh --where-reachable

vulncheck: bin/govulncheck ## Look for known holes in components; fails where it cannot look
	scripts/vulncheck.sh

# What the binary is made of, in CycloneDX: Go modules, then the browser's parts and lists of data.
sbom: build bin/cyclonedx-gomod ## Write bin/sallyport.cdx.json, the bill of materials
	GOPROXY=off bin/cyclonedx-gomod bin -json -std -licenses -assert-licenses -noserial -output-version 1.6 -version "$$(bin/sallyport version | cut -d ' ' -f 2)" -output bin/modules.cdx.json bin/sallyport
	$(GO) run ./internal/sbom bin/sallyport <bin/modules.cdx.json >bin/sbom.json && mv bin/sbom.json bin/sallyport.cdx.json

release: vulncheck sbom ## Make what a release carries: the binary, its bill of materials and their sums
	cd bin && sha256sum sallyport sallyport.cdx.json >SHA256SUMS

# The tools are files: a new version above is installed once, and not again.
bin/golangci-lint: Makefile
	GOFLAGS= GOBIN=$(CURDIR)/bin $(GO) install $(GOLANGCI) && touch $@

bin/staticcheck: Makefile
	GOFLAGS= GOBIN=$(CURDIR)/bin $(GO) install $(STATICCHECK) && touch $@

bin/govulncheck: Makefile
	GOFLAGS= GOBIN=$(CURDIR)/bin $(GO) install $(GOVULNCHECK) && touch $@

# Takes some minutes the first time. The tests go through this Caddy and through that of Debian.
bin/caddy: Makefile
	GOFLAGS= GOBIN=$(CURDIR)/bin $(GO) install -ldflags=-w $(CADDY) && touch $@

bin/cyclonedx-gomod: Makefile
	GOFLAGS= GOBIN=$(CURDIR)/bin $(GO) install $(CYCLONEDX) && touch $@

# Takes some minutes the first time: Prometheus is large.
bin/promtool: Makefile
	GOFLAGS= GOBIN=$(CURDIR)/bin $(GO) install $(PROMTOOL) && touch $@

# In testdata, since Go looks for packages everywhere else.
$(APILINT)/node_modules: $(APILINT)/package-lock.json
	@command -v npm >/dev/null || { echo "The linters of the OpenAPI document need Node.js and npm: scripts/setup.sh installs them."; exit 1; }
	cd $(APILINT) && npm ci && touch node_modules

# What the tests push to, and the provider that they sign in at.
$(PEERS): %/node_modules: %/package-lock.json
	@command -v npm >/dev/null || { echo "The tests of push and of single sign-on need Node.js and npm: scripts/setup.sh installs them."; exit 1; }
	cd $* && npm ci && touch node_modules

fuzz: ## Run each fuzz test for FUZZTIME (20s)
	FUZZTIME=$(FUZZTIME) GO=$(GO) scripts/fuzz.sh

bench: ## Measure the hot paths and print a table
	$(GO) run ./internal/bench
	$(GO) run ./internal/bench -writes

bench-scale: ## Measure with millions of rows; takes long
	$(GO) run ./internal/bench -scale
	$(GO) run ./internal/bench -lists
	$(GO) run ./internal/bench -dashboard
	SALLYPORT_BULK_SESSIONS=100000 $(GO) run ./internal/pgtest/withpg -- $(GO) test ./internal/bulk -run - -bench BulkRevoke -benchtime 1x
	SALLYPORT_OLD_ROWS=1000000 $(GO) run ./internal/pgtest/withpg -- $(GO) test ./internal/retention -timeout 90m -run - -bench Remove -benchtime 1x
	SALLYPORT_LOG_EVENTS=20000000 $(GO) run ./internal/pgtest/withpg -- $(GO) test ./internal/audit -timeout 90m -run - -bench Log -benchtime 1x
	SALLYPORT_PREVIEW_SIGN_INS=5000000 $(GO) run ./internal/pgtest/withpg -- $(GO) test ./internal/preview -timeout 60m -run - -bench Preview -benchtime 1x

demo: ## Serve a demonstration with made-up people
	$(GO) run ./cmd/sallyport demo

clean: ## Remove what was built
	rm -rf bin
