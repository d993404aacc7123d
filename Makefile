# The way in. What runs, and in which order, is in conf/pipeline.yaml; `make help` lists the rest.

PROFILE ?= sample
PYTHON ?= python3
JOBS ?= 0
MIEN_HOME ?= .

# a path may have blanks, at which make's own functions would part it; and ~, which a shell leaves within quotes
BLANK := $() $()
joined = $(subst $(BLANK),<blank>,$(1))
absolute = $(subst <blank>,$(BLANK),$(abspath $(patsubst ~/%,$(call joined,$(HOME))/%,$(patsubst ~,~/,$(call joined,$(1))))))

# and nothing that make or the shell of a recipe would read as its own: `make clean` would remove another folder
TAB := $()	$()
define NEWLINE


endef
OWN := " ` ; % $(if $(filter Windows_NT,$(OS)),,: \)
blanks = $(if $(findstring $(TAB),$(1)),tabs) $(if $(findstring $(NEWLINE),$(1)),newlines)
marks = $(foreach mark,$$ $(2),$(findstring $(mark),$(1))) $(blanks)
refused = $(if $(strip $(marks)),$(error $(3) is "$(1)", and make cannot carry $(strip $(marks)): name a folder without))
$(foreach name,MIEN_HOME CURDIR,$(call refused,$(value $(name)),$(OWN),$(name)))
$(foreach name,MIEN_RAW MIEN_ASSETS,$(call refused,$(value $(name)),,$(name)))

override export MIEN_HOME := $(call absolute,$(or $(MIEN_HOME),.))
ifdef MIEN_RAW
override export MIEN_RAW := $(call absolute,$(MIEN_RAW))
endif
ifdef MIEN_ASSETS
override export MIEN_ASSETS := $(call absolute,$(MIEN_ASSETS))
endif
export TF_CPP_MIN_LOG_LEVEL ?= 2
export JUPYTER_PREFER_ENV_PATH := 1
# glibc keeps the memory that a training step frees: without, the system gives it anew, page by page, at every step
export MALLOC_TRIM_THRESHOLD_ ?= 4294967296
export MALLOC_MMAP_THRESHOLD_ ?= 4294967296

BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := .venv/.ready
STEPS := $(BIN)/python -m mien.publishing

.DEFAULT_GOAL := help
.PHONY: venv pipeline seeds teachers gains networks report publish readme dag why test private tune benchmarks parity lab data extract lock clean help FORCE

PROFILES := $(filter-out pipeline raw assets pretrained networks published benchmarks openings,$(patsubst conf/%.yaml,%,$(wildcard conf/*.yaml)))
ifeq ($(filter $(PROFILE),$(PROFILES)),)
$(error unknown PROFILE "$(PROFILE)": conf/ describes $(PROFILES))
endif

ifneq ($(filter tune,$(MAKECMDGOALS)),)
MODELS := $(shell sed -n '/^tune:/,/^[a-z]/s/^  \([a-z_]*\):.*/\1/p' conf/pipeline.yaml)
ifeq ($(filter $(MODELS),$(MODEL)),)
$(error MODEL is "$(MODEL)": there are $(MODELS))
endif
endif

# ── the environment ─────────────────────────────────────────────────────────────────────────────────────────────────

$(READY): requirements.lock pyproject.toml
	@echo "mien: installing the locked environment into .venv (a minute, once)"
	@$(PYTHON) src/mien/engine/install.py
	@$(BIN)/python -m mien.engine.system
	@if [ -e .git ]; then git config filter.notebook.clean "$(BIN)/python -m mien.engine.notebooks" || true; fi
	@touch $@

# ── the graph ───────────────────────────────────────────────────────────────────────────────────────────────────────

# a notebook of the graph by itself, and what it needs: make reports/sample/executed/32_blendshapes.ipynb
reports/%.ipynb $(subst $(BLANK),\ ,$(MIEN_HOME))/reports/%.ipynb: FORCE | $(READY)
	@$(STEPS) run $(notdir $*) --profile $(firstword $(subst /, ,$*)) --jobs $(JOBS)

# ── what to say ─────────────────────────────────────────────────────────────────────────────────────────────────────

pipeline: $(READY) ## run what is stale, headless, into the book reports/<profile>/book/index.html [PROFILE=… MIEN_RAW=… JOBS=… AGAIN=1]
	@$(STEPS) run pipeline --profile $(PROFILE) --jobs $(JOBS) $(if $(AGAIN),--again)

venv: $(READY) ## make the environment in .venv

seeds: ## train or open networks from two more seeds, for the spread
teachers: ## score the mean of the networks that taught the students, where `make networks` has trained them
gains: ## train what was tuned with the defaults too, and say what each search was worth
seeds teachers gains: $(READY)
	@$(STEPS) run $@ --profile $(PROFILE) --jobs $(JOBS) $(if $(AGAIN),--again)

networks: $(READY) ## train the networks of pictures: minutes on a GPU, days on two cores [MINUTES=… of each]
	$(BIN)/python -m mien.training teachers students --profile $(PROFILE) --out "$(MIEN_HOME)/models/$(PROFILE)/networks" \
		--answers 36 $(if $(MINUTES),--minutes $(MINUTES))

report: $(READY) ## build the book of what was run, or, with PUBLISHED=1, of what is committed
	@$(STEPS) report --profile $(PROFILE) $(if $(PUBLISHED),--published)

publish: $(READY) ## copy figures, metrics and notebooks of a run to reports/published/<profile>, with a page of them [ANYWAY=1]
	@$(BIN)/python -m mien.publishing.results $(PROFILE) $(if $(ANYWAY),--anyway)

readme: $(READY) ## write tables, findings and pictures of README.md and docs/ from what is published
	@$(BIN)/python -m mien.publishing.readme

dag: $(READY) ## draw the graph of notebooks for README
	@$(STEPS) dag

why: $(READY) ## say what makes a node stale: NODE=40_train_all-happy, or of all: NODE=pipeline
	@$(STEPS) why $(NODE) --profile $(PROFILE)

test: $(READY) ## lint, layers, unit tests, notebook checks, a pipeline of a few faces
	$(BIN)/ruff check && $(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

private: $(READY) ## watch notebooks, commands and a training until 90 s after their answers: do they ask anybody?
	$(BIN)/pytest -m private -n 6 tests/test_private.py

tune: $(READY) ## search settings: MODEL=enm_images TARGET=happy [TUNER=random TRIALS=8 EPOCHS=5 WORKERS=1]
	@$(STEPS) tune "$(MODEL)" --profile $(PROFILE) --jobs $(JOBS) $(if $(TARGET),target=$(TARGET)) \
		$(if $(TUNER),tuner=$(TUNER)) $(if $(TRIALS),trials=$(TRIALS)) $(if $(EPOCHS),epochs=$(EPOCHS)) $(if $(WORKERS),workers=$(WORKERS))

benchmarks: $(READY) ## measure speed and memory -> reports/benchmarks/ [FER=python of an environment with `fer`]
	$(BIN)/python benchmarks $(if $(FER),--fer $(FER))

parity: $(READY) ## compare MediaPipe's faces, run by LiteRT here, with its own runtime, which reports its use to Google
	@$(BIN)/python benchmarks/parity.py

# JupyterLab would ask for news, newer versions and extensions, and whether it may; conf/jupyterlab says no
lab: $(READY) ## open JupyterLab in the environment, with the graph and what is stale
	$(BIN)/jupyter lab --ContentsManager.post_save_hook=mien.engine.notebooks.settle --LabApp.news_url=None \
		--LabApp.extension_manager=readonly --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
		--KernelProvisionerFactory.default_provisioner_name=mien-quiet --LabApp.app_settings_dir=conf/jupyterlab \
		--LabApp.default_url=/lab/tree/index.ipynb notebooks

data: $(READY) ## fetch what may be fetched, check it, and say where to get the rest
	@$(BIN)/mien data

extract: $(READY) ## write the faces as PNG files, one folder per label
	@$(STEPS) run 10_extract_faces --profile $(PROFILE) --jobs $(JOBS)
	@$(BIN)/mien extract --profile $(PROFILE)

lock: $(READY) ## resolve the newest versions that pyproject.toml allows into requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --upgrade \
		--generate-hashes --no-header --no-emit-index-url --group dev --group models pyproject.toml -o requirements.lock

clean: ## remove what this profile made (raw data and what is published stay)
	@! { kill -0 $$(cut -d' ' -f1 "$(MIEN_HOME)/reports/$(PROFILE)/.running" 2>/dev/null) 2>/dev/null \
		&& echo "mien: $(MIEN_HOME)/reports/$(PROFILE) is being written by process $$(cat "$(MIEN_HOME)/reports/$(PROFILE)/.running"): end it first"; }
	rm -rf "$(MIEN_HOME)/data/$(PROFILE)" "$(MIEN_HOME)/models/$(PROFILE)" "$(MIEN_HOME)/reports/$(PROFILE)"

help: ## show this
	@echo "make TARGET [PROFILE=$(subst $() ,|,$(PROFILES))]" && echo
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
