# The analysis as a graph: one rule per notebook; an executed notebook is the stamp of its rule.
# A stamp depends on its notebook, on the stamps upstream, on what the profile says of it, and on named modules.

PROFILE ?= sample
PYTHON ?= python3
MIEN_HOME ?= .
override export MIEN_HOME := $(abspath $(MIEN_HOME))
ifdef MIEN_RAW
override export MIEN_RAW := $(abspath $(MIEN_RAW))
endif
ifdef MIEN_ASSETS
override export MIEN_ASSETS := $(abspath $(MIEN_ASSETS))
endif
export TF_CPP_MIN_LOG_LEVEL ?= 2
export JUPYTER_PREFER_ENV_PATH := 1

BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := .venv/.ready
SRC := src/mien
DONE := $(MIEN_HOME)/reports/$(PROFILE)/executed
SAYS := $(DONE)/.profile
INDEX := $(MIEN_HOME)/reports/$(PROFILE)/index.html

RUN = @echo "── $(notdir $(basename $@))" && $(BIN)/python -m mien.pipeline run --profile $(PROFILE)
CORE := $(addprefix $(SRC)/,blocks.py labels.py)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: pipeline report test lab data extract lock clean help

PROFILES := $(filter-out assets,$(patsubst conf/%.yaml,%,$(wildcard conf/*.yaml)))
ifeq ($(filter $(PROFILE),$(PROFILES)),)
$(error unknown PROFILE "$(PROFILE)": conf/ describes $(PROFILES))
endif

# ── the environment ─────────────────────────────────────────────────────────────────────────────────────────────────

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "mien: Python %d.%d is not supported: install Python 3.11, 3.12 or 3.13 and say make PYTHON=python3.11" % sys.version_info[:2])'
	@echo "mien: installing the locked environment into .venv (a few minutes, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m mien.system
	@touch $@

# ── the graph ───────────────────────────────────────────────────────────────────────────────────────────────────────

# What the profile says is checked first of all, and written to one file per notebook where it changed: make remakes
# what it includes, then begins anew, so a change for one notebook does not run the others.
$(SAYS)/checked.mk: conf/$(PROFILE).yaml $(wildcard notebooks/*.ipynb) | $(READY)
	@$(BIN)/python -m mien.pipeline parameters $(PROFILE) $(SAYS)
	@touch $@

ifneq ($(filter-out report test lab data lock clean help,$(or $(MAKECMDGOALS),help)),)
include $(SAYS)/checked.mk
endif

# $(call notebook,NAME): the notebook and what the profile says of it
notebook = notebooks/$(1).ipynb $(SAYS)/$(1).yaml

FACE_MODEL := $(wildcard $(SRC)/face_model/*)

$(DONE)/00_sources.ipynb: $(call notebook,00_sources) $(wildcard $(SRC)/sources/*.py) $(FACE_MODEL)
	$(RUN) 00_sources $@

$(DONE)/10_extract_fer2013.ipynb: $(call notebook,10_extract_fer2013) $(DONE)/00_sources.ipynb $(SRC)/faces.py $(SRC)/labels.py
	$(RUN) 10_extract_fer2013 $@

$(DONE)/11_face_model.ipynb: $(call notebook,11_face_model) $(DONE)/20_landmarks-mediapipe478.ipynb $(FACE_MODEL)
	$(RUN) 11_face_model $@

$(DONE)/20_landmarks-%.ipynb: $(call notebook,20_landmarks) $(DONE)/10_extract_fer2013.ipynb $(SRC)/landmarks/%.py $(CORE)
	$(RUN) 20_landmarks $@ detector=$*

$(DONE)/30_distance_features-%.ipynb: $(call notebook,30_distance_features) $(DONE)/20_landmarks-dlib68.ipynb $(SRC)/features/distances.py $(SRC)/topology.py $(CORE)
	$(RUN) 30_distance_features $@ subset=$*

TRAIN := $(SRC)/training.py $(SRC)/models/dense.py

$(DONE)/40_train_all-%.ipynb: $(call notebook,40_train_all) $(DONE)/30_distance_features-all.ipynb $(TRAIN)
	$(RUN) 40_train_all $@ target=$*

$(DONE)/41_train_enm-%.ipynb: $(call notebook,41_train_enm) $(DONE)/30_distance_features-enm.ipynb $(TRAIN)
	$(RUN) 41_train_enm $@ target=$*

SCORES := $(call notebook,50_evaluation) $(SRC)/evaluation/metrics.py $(SRC)/evaluation/calibration.py

$(DONE)/50_evaluation-all-%.ipynb: $(SCORES) $(DONE)/40_train_all-%.ipynb
	$(RUN) 50_evaluation $@ model=all target=$*

$(DONE)/50_evaluation-enm-%.ipynb: $(SCORES) $(DONE)/41_train_enm-%.ipynb
	$(RUN) 50_evaluation $@ model=enm target=$*

ALL := 11_face_model $(foreach target,emotion7 happy,50_evaluation-all-$(target) 50_evaluation-enm-$(target))

$(INDEX): $(ALL:%=$(DONE)/%.ipynb) $(SRC)/report.py
	@$(BIN)/python -m mien.pipeline report $(PROFILE)

# ── what to say ─────────────────────────────────────────────────────────────────────────────────────────────────────

pipeline: $(INDEX) ## run every notebook, headless, into reports/$(PROFILE)/index.html [PROFILE=… MIEN_RAW=…]

report: $(READY) ## write index.html again from what was run
	@$(BIN)/python -m mien.pipeline report $(PROFILE)

test: $(READY) ## lint, layers, unit tests, notebook checks, a pipeline of a few faces
	$(BIN)/ruff check && $(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2

lab: $(READY) ## open JupyterLab in the environment
	$(BIN)/jupyter lab notebooks

data: $(READY) ## fetch what may be fetched, check it, and say where to get the rest
	@$(BIN)/mien data

extract: $(DONE)/10_extract_fer2013.ipynb ## write the faces as PNG files, one folder per label
	@$(BIN)/mien extract --profile $(PROFILE)

lock: $(READY) ## resolve the newest versions that pyproject.toml allows into requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --upgrade \
		--generate-hashes --no-header --no-emit-index-url --group dev pyproject.toml -o requirements.lock

clean: ## remove what this profile made (raw data and committed figures stay)
	rm -rf $(MIEN_HOME)/data/$(PROFILE) $(MIEN_HOME)/models/$(PROFILE) $(DONE) $(INDEX)

help: ## show this
	@echo "make TARGET [PROFILE=$(subst $() ,|,$(PROFILES))]" && echo
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
