# The most important targets are "make run" and "make test"; "make" lists all of them.
.DEFAULT_GOAL := help
.PHONY: help setup run dev test test-pg check golden bench soak build css generate

BIN := bin/orchestrator
# Go alone decides when the binary is out of date.
GO  := go

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install missing programs, or print how to install them (Debian, macOS)
	@.ci/setup

run: build ## build the server and run it at http://127.0.0.1:8080
	@.ci/opencode
	@$(BIN) serve

dev: ## run the demo at http://127.0.0.1:7331 and rebuild pages when they change
	@.ci/opencode
	@.ci/dev

test: ## run all tests that this machine supports, and list the skipped ones
	@.ci/test

test-pg: ## run all tests, also on PostgreSQL (which must be installed)
	@.ci/test --need postgres

check: ## check generated files and run gofmt, vet and staticcheck, as CI does
	@.ci/check

golden: ## rewrite the golden files and show the diff
	@grep -rlE 'flag\.Bool\("update"' --include='*_test.go' . | xargs -n1 dirname | sort -u | \
		while read -r dir; do $(GO) test "$$dir" -update || exit 1; done
	@git --no-pager diff --stat

bench: build ## run the benchmarks and print a table
	@.ci/bench

soak: ## run two hundred sessions and check that they leave nothing behind
	@.ci/soak

build: ## build bin/orchestrator, a single binary with all assets
	@CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/orchestrator

css: ## build static/app.css from the templates (needs npm)
	@.ci/css

generate: css ## generate all files: templ and CSS
	@$(GO) tool templ generate
