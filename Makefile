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
.PHONY: pipeline seeds gains report test tune benchmarks lab data extract lock clean help

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

ifneq ($(filter-out report test benchmarks lab data lock clean help,$(or $(MAKECMDGOALS),help)),)
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

$(DONE)/31_mesh_features.ipynb: $(call notebook,31_mesh_features) $(DONE)/20_landmarks-mediapipe478.ipynb $(addprefix $(SRC)/,landmarks/alignment.py features/offsets.py topology.py) $(FACE_MODEL) $(CORE)
	$(RUN) 31_mesh_features $@

$(DONE)/32_blendshapes.ipynb: $(call notebook,32_blendshapes) $(DONE)/20_landmarks-mediapipe478.ipynb $(SRC)/features/blendshapes.py
	$(RUN) 32_blendshapes $@

$(DONE)/33_eye_state.ipynb: $(call notebook,33_eye_state) $(DONE)/20_landmarks-mediapipe478.ipynb $(SRC)/sources/image_folder.py $(SRC)/features/eye_state.py
	$(RUN) 33_eye_state $@

$(DONE)/34_enm_crops-%.ipynb: $(call notebook,34_enm_crops) $(DONE)/20_landmarks-%.ipynb $(SRC)/features/crops.py $(SRC)/topology.py $(CORE)
	$(RUN) 34_enm_crops $@ detector=$*

TRAIN := $(SRC)/training.py $(SRC)/models/dense.py

# $(call tuned,MODEL): what a search has chosen for it, if one has
tuned = $(wildcard conf/tuned/$(1)-*.json)

# $(call searched,MODEL,NOTEBOOK,NEEDS,-VARIANT,PARAMETERS): the rules of a training with what a search has chosen, of one
# with the defaults, and of their comparison, for every target
define searched
$(DONE)/$(2)$(4)-%.ipynb: $(call notebook,$(2)) $(3) $(call tuned,$(1))
	$$(RUN) $(2) $$@ target=$$* $(5)

$(DONE)/$(2)$(4)-untuned-%.ipynb: $(call notebook,$(2)) $(3)
	$$(RUN) $(2) $$@ target=$$* $(5) tuned=False

$(DONE)/56_tuned-$(1)-%.ipynb: $(call notebook,56_tuned) $(SRC)/evaluation/metrics.py $(DONE)/$(2)$(4)-%.ipynb $(DONE)/$(2)$(4)-untuned-%.ipynb
	$$(RUN) 56_tuned $$@ model=$(1) target=$$*
endef

PIXELS := $(addprefix $(SRC)/,training.py augmentation.py models/resnet.py models/recogniser.py)
FACES := $(DONE)/10_extract_fer2013.ipynb
CROPS := $(DONE)/34_enm_crops-dlib68.ipynb
GRAPH := $(addprefix $(SRC)/,training.py mesh_augmentation.py features/mesh_graph.py models/mesh_gnn.py)

$(eval $(call searched,all,40_train_all,$(DONE)/30_distance_features-all.ipynb $(TRAIN)))
$(eval $(call searched,enm,41_train_enm,$(DONE)/30_distance_features-enm.ipynb $(TRAIN)))
$(eval $(call searched,enm_images,42_train_enm_images,$(DONE)/41_train_enm-%.ipynb $(CROPS) $(PIXELS) $(SRC)/models/fusion.py))
$(eval $(call searched,small,43_train_pixels,$(FACES) $(PIXELS),-small,backbone=small))
$(eval $(call searched,resnet_face,43_train_pixels,$(FACES) $(PIXELS),-resnet_face,backbone=face))
$(eval $(call searched,mesh_gnn,45_train_mesh_gnn,$(DONE)/31_mesh_features.ipynb $(GRAPH)))

# five of the seven go on from what seven have taught
$(DONE)/43_train_pixels-resnet_face-emotion5.ipynb: $(call notebook,43_train_pixels) $(FACES) $(PIXELS)
	$(RUN) 43_train_pixels $@ backbone=face target=emotion5 start=resnet_face-emotion7 epochs_face=4 learning_rate=3.0e-4

$(DONE)/43_train_pixels-resnet_face_seed%-emotion7.ipynb: $(call notebook,43_train_pixels) $(FACES) $(PIXELS)
	$(RUN) 43_train_pixels $@ backbone=face target=emotion7 seed=$*

SVM := $(addprefix $(SRC)/,models/svm.py evaluation/calibration.py)

$(DONE)/44_train_mesh_svm-mesh_svm-%.ipynb: $(call notebook,44_train_mesh_svm) $(DONE)/31_mesh_features.ipynb $(SVM)
	$(RUN) 44_train_mesh_svm $@ target=$*

$(DONE)/44_train_mesh_svm-mesh_blendshape_svm-%.ipynb: $(call notebook,44_train_mesh_svm) $(DONE)/31_mesh_features.ipynb $(SVM)
	$(RUN) 44_train_mesh_svm $@ target=$* blendshapes=True

$(DONE)/46_train_blendshape_svm-%.ipynb: $(call notebook,46_train_blendshape_svm) $(DONE)/20_landmarks-mediapipe478.ipynb $(SVM)
	$(RUN) 46_train_blendshape_svm $@ target=$*

$(DONE)/47_train_eye_state.ipynb: $(call notebook,47_train_eye_state) $(DONE)/33_eye_state.ipynb $(addprefix $(SRC)/,models/ordinal.py evaluation/ordinal.py)
	$(RUN) 47_train_eye_state $@

$(DONE)/48_keypoint_resnet.ipynb: $(call notebook,48_keypoint_resnet) $(DONE)/00_sources.ipynb $(PIXELS) $(addprefix $(SRC)/,sources/keypoints_csv.py models/keypoints.py evaluation/keypoints.py) $(call tuned,keypoint_resnet)
	$(RUN) 48_keypoint_resnet $@

SCORES := $(call notebook,50_evaluation) $(addprefix $(SRC)/evaluation/,metrics.py calibration.py views.py)

# $(call evaluated,WHAT,TRAINING,PARAMETERS): the rule that scores what a training gave, for every target
define evaluated
$(DONE)/50_evaluation-$(1)-%.ipynb: $(SCORES) $(DONE)/$(2)-%.ipynb
	$$(RUN) 50_evaluation $$@ target=$$* $(3)
endef
$(eval $(call evaluated,all,40_train_all,model=all))
$(eval $(call evaluated,enm,41_train_enm,model=enm))
$(eval $(call evaluated,enm_images,42_train_enm_images,model=enm_images))
$(eval $(call evaluated,small,43_train_pixels-small,model=small))
$(eval $(call evaluated,small_tencrop,43_train_pixels-small,model=small crops=10))
$(eval $(call evaluated,resnet_face,43_train_pixels-resnet_face,model=resnet_face))
$(eval $(call evaluated,resnet_face_tencrop,43_train_pixels-resnet_face,model=resnet_face crops=10))
$(foreach n,1 2,$(eval $(call evaluated,resnet_face_seed$(n),43_train_pixels-resnet_face_seed$(n),model=resnet_face_seed$(n))))

$(eval $(call evaluated,mesh_svm,44_train_mesh_svm-mesh_svm,model=mesh_svm))
$(eval $(call evaluated,mesh_blendshape_svm,44_train_mesh_svm-mesh_blendshape_svm,model=mesh_blendshape_svm))
$(eval $(call evaluated,mesh_gnn,45_train_mesh_gnn,model=mesh_gnn))
$(eval $(call evaluated,blendshape_svm,46_train_blendshape_svm,model=blendshape_svm))

$(DONE)/55_ensemble-%.ipynb: $(subst 50_evaluation,55_ensemble,$(SCORES)) $(addprefix $(DONE)/,40_train_all-%.ipynb 44_train_mesh_svm-mesh_blendshape_svm-%.ipynb 45_train_mesh_gnn-%.ipynb)
	$(RUN) 55_ensemble $@ target=$*

$(DONE)/48_keypoint_resnet-untuned.ipynb: $(DONE)/48_keypoint_resnet.ipynb
	$(RUN) 48_keypoint_resnet $@ tuned=False

$(DONE)/56_tuned-keypoint_resnet-keypoints15.ipynb: $(call notebook,56_tuned) $(SRC)/evaluation/metrics.py $(DONE)/48_keypoint_resnet.ipynb $(DONE)/48_keypoint_resnet-untuned.ipynb
	$(RUN) 56_tuned $@ model=keypoint_resnet target=keypoints15

$(DONE)/51_face_boards-small-%.ipynb: $(call notebook,51_face_boards) $(SRC)/live/predictor.py $(DONE)/43_train_pixels-small-%.ipynb $(DONE)/48_keypoint_resnet.ipynb
	$(RUN) 51_face_boards $@ model=small target=$*

# $(call looked_at,WHAT,TRAINING): the rule that asks where what a training gave looks, for every target
define looked_at
$(DONE)/52_saliency-$(1)-%.ipynb: $(call notebook,52_saliency) $(SRC)/evaluation/saliency.py $(DONE)/$(2)-%.ipynb
	$$(RUN) 52_saliency $$@ model=$(1) target=$$*
endef
$(eval $(call looked_at,small,43_train_pixels-small))
$(eval $(call looked_at,resnet_face,43_train_pixels-resnet_face))
$(eval $(call looked_at,enm_images,42_train_enm_images))

$(DONE)/53_activations-small-%.ipynb: $(call notebook,53_activations) $(SRC)/evaluation/activations.py $(DONE)/43_train_pixels-small-%.ipynb
	$(RUN) 53_activations $@ model=small target=$*

$(DONE)/60_predict.ipynb: $(call notebook,60_predict) $(wildcard $(SRC)/live/*.py) $(wildcard models/pretrained/*/model.json)
	$(RUN) 60_predict $@

$(DONE)/61_speech_sentence.ipynb: $(call notebook,61_speech_sentence) $(wildcard $(SRC)/live/*.py) $(wildcard models/pretrained/*/model.json)
	$(RUN) 61_speech_sentence $@

# the backbone `face` learns little from so few faces in the minutes that a sample run may take
SCORED := $(foreach target,emotion7 happy,all-$(target) enm-$(target) enm_images-$(target)) small-emotion7 small_tencrop-emotion7
SCORED += $(foreach model,mesh_svm mesh_blendshape_svm mesh_gnn blendshape_svm,$(model)-emotion7) mesh_blendshape_svm-happy
LOOKED := 51_face_boards-small-emotion7 52_saliency-small-emotion7 52_saliency-enm_images-happy 53_activations-small-emotion7
TOGETHER := emotion7
ifeq ($(filter sample smoke,$(PROFILE)),)
TOGETHER += happy
SCORED += resnet_face-emotion7 resnet_face-emotion5 resnet_face_tencrop-emotion7
LOOKED += 52_saliency-resnet_face-emotion7
endif

ALL := 11_face_model 32_blendshapes 47_train_eye_state 60_predict 61_speech_sentence $(LOOKED) $(SCORED:%=50_evaluation-%) $(TOGETHER:%=55_ensemble-%)
GAINS := $(patsubst conf/tuned/%.json,$(DONE)/56_tuned-%.ipynb,$(wildcard conf/tuned/*.json))
SEEDS := $(foreach seed,1 2,50_evaluation-resnet_face_seed$(seed)-emotion7)

$(INDEX): $(ALL:%=$(DONE)/%.ipynb) $(SRC)/report.py
	@$(BIN)/python -m mien.pipeline report $(PROFILE)

# ── what to say ─────────────────────────────────────────────────────────────────────────────────────────────────────

pipeline: $(INDEX) ## run every notebook, headless, into reports/$(PROFILE)/index.html [PROFILE=… MIEN_RAW=…]

seeds: $(SEEDS:%=$(DONE)/%.ipynb) ## train the residual network with two more seeds, for the spread

gains: $(GAINS) ## train what was tuned with the defaults too, and say what each search was worth

report: $(READY) ## write index.html again from what was run
	@$(BIN)/python -m mien.pipeline report $(PROFILE)

test: $(READY) ## lint, layers, unit tests, notebook checks, a pipeline of a few faces
	$(BIN)/ruff check && $(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2

# what a search needs before it can start
TUNED_ON_all := 30_distance_features-all
TUNED_ON_enm := 30_distance_features-enm
TUNED_ON_enm_images := 30_distance_features-enm 34_enm_crops-dlib68
TUNED_ON_small := 10_extract_fer2013
TUNED_ON_resnet_face := 10_extract_fer2013
TUNED_ON_mesh_gnn := 31_mesh_features
TUNED_ON_keypoint_resnet := 48_keypoint_resnet
TUNED_ON_mesh_svm := 31_mesh_features
TUNED_ON_mesh_blendshape_svm := 31_mesh_features
TUNED_ON_blendshape_svm := 31_mesh_features

ifneq ($(filter tune,$(MAKECMDGOALS)),)
ifeq ($(TUNED_ON_$(MODEL)),)
$(error MODEL is "$(MODEL)": there are $(patsubst TUNED_ON_%,%,$(filter TUNED_ON_%,$(.VARIABLES))))
endif
TARGET ?= $(if $(filter keypoint_resnet,$(MODEL)),keypoints15,emotion7)
endif

tune: $(TUNED_ON_$(MODEL):%=$(DONE)/%.ipynb) ## search settings: MODEL=enm_images TARGET=happy [TUNER=random TRIALS=8 EPOCHS=5 WORKERS=1]
	@$(BIN)/python -m mien.pipeline run --profile $(PROFILE) 90_tune $(DONE)/90_tune-$(MODEL)-$(TARGET).ipynb \
		model=$(MODEL) target=$(TARGET) keep=$(if $(filter sample smoke,$(PROFILE)),False,True) \
		$(if $(TUNER),tuner=$(TUNER)) $(if $(TRIALS),trials=$(TRIALS)) $(if $(EPOCHS),epochs=$(EPOCHS)) $(if $(WORKERS),workers=$(WORKERS))

benchmarks: $(READY) ## measure speed and memory -> reports/benchmarks/ [FER=python of an environment with `fer`]
	$(BIN)/python benchmarks $(if $(FER),--fer $(FER))

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
