# What people type. Each target sets up what it needs by itself.

ASSETS := $(or $(STOA_ASSETS_DIR),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/stoa)
STOA := $(or $(CARGO_TARGET_DIR),target)/release/stoa

.PHONY: up test chaos bench eval setup build image image-test helm helm-real helm-containers lint prepare clean help

help: ## Says what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

setup: ## Installs what is missing: packages, programs, models
	@deploy/setup.sh

build: setup ## Builds the program
	@cargo build --release --workspace --locked --bin stoa

up: build ## Starts everything and teaches it the example handbook
	@exec $(STOA) up --learn examples/handbook

test: build ## Runs all tests
	@deploy/setup.sh --tests
	@cargo test --release --workspace --locked

chaos: build ## Kills, stops and restarts two of each service: SEED=… FAULTS=…
	@STOA_TEST_SEED=$(SEED) STOA_TEST_FAULTS=$(or $(FAULTS),100) \
		cargo test --release --workspace --locked --test chaos -- --nocapture

bench: build ## Prints every figure with its peer, measured in one run
	@cargo build --release --workspace --locked --bin stoa-bench
	@$(or $(CARGO_TARGET_DIR),target)/release/stoa-bench $(ONLY)

eval: build ## Measures answers over the example handbook, and writes docs/evaluation.md
	@deploy/eval.sh $(STOA)

image: build ## Builds the container image beside the program
	@deploy/image.sh $(STOA)

image-test: build ## Tries the image and the compose file in real containers
	@deploy/image-test.sh $(STOA)

lint: setup ## Checks format, lints, licences and contracts
	@cargo fmt --all --check
	@cargo clippy --release --workspace --all-targets --locked -- -D warnings
	@deploy/checks.sh

helm: ## Verifies the chart: both Helms, three versions of Kubernetes, the life of a release; TESTS="-k life" takes some
	@helm/verify.sh $(TESTS)

helm-real: ## Tries the life of a release on a real API server, which is built once (Debian 12, some ten minutes)
	@helm/real.sh $(TESTS)

helm-containers: build ## Runs what the chart renders in real containers; TESTS="-k minimal" takes some
	@cargo build --release --workspace --locked --bin stoa-outside
	@helm/containers.sh $(STOA) $(TESTS)

prepare: setup ## Renews the checked SQL queries after a change
	@deploy/sqlx-prepare.sh

clean: ## Removes what was built
	@cargo clean
