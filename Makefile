.PHONY: help run test test-pages build bench lint format schema check realism realism-long read-back fuzz deny clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/'

run: ## simulate a week of a C650 and write its exports to out/c650-week
	cargo run --release --locked --package tollgate -- run scenarios/c650-week.toml

# The browser tests run in parallel with the others. Their results are printed last.
test: build ## run every test
	@log=$$(mktemp); code=0; \
	TOLLGATE="$${CARGO_TARGET_DIR:-$(CURDIR)/target}/debug/tollgate" crates/monitor/tests/browser/run.sh >"$$log" 2>&1 & pages=$$!; \
	if cargo nextest --version >/dev/null 2>&1; then cargo test --workspace --locked --doc && cargo nextest run --workspace --locked; else cargo test --workspace --locked; fi || code=1; \
	wait $$pages || code=1; cat "$$log"; rm "$$log"; exit $$code

test-pages: ## test every page in a browser, or list the skipped tests and the missing programs
	crates/monitor/tests/browser/run.sh

# --examples selects the features of dependencies that the tests need, so that the tests do not compile the dependencies again.
build: ## build the debug program, which the tests use
	cargo build --workspace --locked --bins --examples

# Set PYTHON to a Python with SimPy, for the comparison.
bench: ## measure nanoseconds per simulated connection or message, and the MB/s of the CSV writer
	cargo bench --workspace --locked && $${PYTHON:-python3} crates/simulation/benches/simpy_loop.py

lint: ## check formatting and lints
	cargo fmt --all --check && cargo clippy --workspace --all-targets --locked -- --deny warnings

format: ## format all code
	cargo fmt --all

schema: ## update the JSON schema of scenario files
	cargo run --locked --package tollgate -- schema > scenarios/scenario.schema.json

check: ## run a small scenario and check its exports
	cargo run --release --locked --package tollgate -- run scenarios/quiet-hour.toml --quiet && python3 crates/tollgate/tests/check_exports.py out/quiet-hour && cargo run --release --locked --package tollgate -- audit out/quiet-hour

# Set SEEDS to measure other seeds. The tables are those that the program needs.
realism: ## compare the exports of weeks of a C650 with published figures
	@senders=2,4,5,6,9,26,29; code=0; for seed in $${SEEDS:-1 2 3}; do \
		for options in "--interval 1h --names reserved --only $$senders" "--interval 1h --names lifelike --only $$senders" \
			"--interval 5m --only 1,2,31,32,34,41,42"; do \
			cargo run --release --locked --package tollgate -- run scenarios/c650-week.toml --seed $$seed $$options --out out/realism --quiet || exit 2; \
			echo "seed $$seed $$options"; python3 -B crates/tollgate/tests/realism/measure.py --zone Europe/London out/realism/c650-week || code=1; \
		done; \
	done; exit $$code

realism-long: ## compare the hours of half a year of a C650 with published figures
	@code=0; for seed in $${SEEDS:-1 2 3}; do \
		cargo run --release --locked --package tollgate -- run scenarios/c650-week.toml --seed $$seed --set time.span=182d --interval 1h --only 1,2 --out out/realism-long --quiet || exit 2; \
		echo "seed $$seed"; python3 -B crates/tollgate/tests/realism/measure.py --zone Europe/London out/realism-long/c650-week || code=1; \
	done; exit $$code

# Set PYTHON to the Python of a virtual environment with pandas, duckdb and frictionless.
read-back: ## read small exports with other programs, and print the values that each changes
	for scenario in odd-keys fixture quiet-hour; do cargo run --release --locked --package tollgate -- run scenarios/$$scenario.toml --quiet || exit 1; done; $${PYTHON:-python3} -B crates/tollgate/tests/read_back.py out/odd-keys out/fixture out/quiet-hour

# Without cargo-fuzz and a nightly toolchain, the property tests run for the same time.
fuzz: ## fuzz everything that reads input, for an hour or FUZZ_SECONDS
	@seconds=$${FUZZ_SECONDS:-3600}; \
	if cargo +nightly fuzz --version >/dev/null 2>&1; then \
		for target in scenario overrides exports request; do \
			mkdir -p out/fuzz/$$target; \
			cargo +nightly fuzz run --fuzz-dir crates/tollgate/fuzz $$target out/fuzz/$$target crates/tollgate/tests/fuzz/corpus/$$target -- -max_total_time=$$((seconds / 4)) || exit 1; \
		done; \
	else FUZZ_SECONDS=$$((seconds / 4)) cargo test --locked --package tollgate --test main fuzz:: -- --test-threads 1; fi

deny: ## check licences and duplicate versions, if cargo-deny is installed
	cargo deny check licenses bans sources

clean: ## remove builds and output
	cargo clean && rm -rf out
