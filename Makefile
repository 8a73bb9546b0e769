.PHONY: help run test test-pages bench lint format schema check deny clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/'

run: ## simulate a week of a C650 and write its exports to out/c650-week
	cargo run --release --locked --package tollgate -- run scenarios/c650-week.toml

test: ## run every test
	if cargo nextest --version >/dev/null 2>&1; then cargo test --workspace --locked --doc && cargo nextest run --workspace --locked; else cargo test --workspace --locked; fi
	$(MAKE) --no-print-directory test-pages

test-pages: ## open every page in a browser, or say what is left out and how to get it
	crates/monitor/tests/browser/run.sh

bench: ## measure nanoseconds per simulated connection or message, and the writer's MB/s
	cargo bench --workspace --locked

lint: ## check formatting and lints
	cargo fmt --all --check && cargo clippy --workspace --all-targets --locked -- --deny warnings

format: ## format all code
	cargo fmt --all

schema: ## write the JSON schema of scenario files anew
	cargo run --locked --package tollgate -- schema > scenarios/scenario.schema.json

check: ## run a small scenario and check its exports against each other
	cargo run --release --locked --package tollgate -- run scenarios/quiet-hour.toml --quiet && python3 crates/tollgate/tests/check_exports.py out/quiet-hour && cargo run --release --locked --package tollgate -- audit out/quiet-hour

deny: ## check licences and duplicate versions, if cargo-deny is installed
	cargo deny check licenses bans sources

clean: ## remove what was built and written
	cargo clean && rm -rf out
