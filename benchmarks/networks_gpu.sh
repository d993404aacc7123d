#!/usr/bin/env bash
# Teachers and students on one GPU, in minutes, on a machine that may have no network and none of the data:
#
#   benchmarks/networks_gpu.sh pack ARCHIVE FOLDER      at home, after `make pipeline PROFILE=fer2013` has made the faces
#   benchmarks/networks_gpu.sh train FOLDER OUT TEACHERS_MINUTES STUDENTS_MINUTES      on the GPU
#
# `pack` writes FER2013's training and validation faces (39 MB) and a network with the weights of dlib's face recogniser
# (9 MB). `train` needs Keras, keras-tuner, archspec and pooch beside JAX, and a checkout without reports/ and models/.
#
# Keras runs on JAX, with the convolutions' autotuning left on: a VGG's first epoch on an H200 took 23 s with it, compiling
# included, and with --xla_gpu_autotune_level=0 none was done after 100 s. A cache keeps what has been compiled.
set -euo pipefail
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)
export PYTHONPATH=$here/src${PYTHONPATH:+:$PYTHONPATH}

pack() {
  "$python" - "$1" "$2" <<'END'
import sys
from pathlib import Path
from mien.engine import store
from mien.engine.paths import Paths
from mien.sources import packed
from mien.training.recipes.pixels import RECIPES

archive, folder = map(Path, sys.argv[1:])
faces = store.open_dataset(Paths("fer2013").faces(), "10_extract_faces")
folder.mkdir(parents=True, exist_ok=True)
packed.pack(archive, faces, folder / "faces.npz")
store.save_model(RECIPES["face_a"].build((48, 48), 7), folder / "start.keras", half=True)
END
}

train() {
  export KERAS_BACKEND=${KERAS_BACKEND:-jax} JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0
  export JAX_COMPILATION_CACHE_DIR=${JAX_COMPILATION_CACHE_DIR:-/tmp/mien-compiled}
  local options=(--faces "$1/faces.npz" --start "$1/start.keras" --out "$2" --passes "${PASSES:-3}")
  "$python" -m mien.training teachers "${options[@]}" --minutes "$3" --answers "${ANSWERS:-36}"
  "$python" -m mien.training students "${options[@]}" --minutes "$4"
}

"$@"
