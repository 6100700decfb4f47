# The two commands that matter are "make run" and "make test"; "make" lists the others.
.DEFAULT_GOAL := help
.PHONY: help setup run dev test test-pg check golden bench build css generate

BIN := bin/orchestrator
# Go alone decides when the binary is out of date.
GO  := go

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install, or say, what this machine lacks (Debian, macOS)
	@.ci/setup

run: build ## build and serve http://127.0.0.1:8080 with everything embedded
	@.ci/opencode
	@$(BIN) serve

dev: ## serve the demo and rebuild pages as they change, at http://127.0.0.1:7331
	@.ci/opencode
	@.ci/dev

test: ## run everything this machine can, and print what was left out
	@.ci/test

test-pg: ## run the suite on PostgreSQL too, which must be installed
	@.ci/test --need postgres

check: ## what CI checks besides the tests: generated files, gofmt, vet, staticcheck
	@.ci/check

golden: ## write the golden files anew; look at the diff afterwards
	@grep -rlE 'flag\.Bool\("update"' --include='*_test.go' . | xargs -n1 dirname | sort -u | \
		while read -r dir; do $(GO) test "$$dir" -update || exit 1; done
	@git --no-pager diff --stat

bench: build ## print the figures of speed and size
	@.ci/bench

build: ## one binary with assets inside: bin/orchestrator
	@CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/orchestrator

css: ## build static/app.css from the templates (needs npm)
	@.ci/css

generate: css ## everything generated: templ and CSS
	@$(GO) tool templ generate
