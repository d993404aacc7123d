"""What one trial of a search does for each network: what the notebook that trains it does, for a number of epochs.

The notebook's parameters are those of the profile. Training faces teach and validation faces score; the test faces are
not touched.
"""

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

import keras
import keras_tuner
import numpy as np
from keras_tuner import HyperParameters

from mien.engine import profiles, store
from mien.engine.paths import Paths
from mien.faces.table import measured
from mien.features import mesh_graph
from mien.models import dense
from mien.sources import sampled_keypoints
from mien.training import point_augmentation, recipes
from mien.training.augmentation import Recipe
from mien.training.recipes import Training, distances, enm_images, keypoints, mesh_gnn, pictures
from mien.vocabulary import labels, topology


class Trial(keras_tuner.HyperModel):
    """A recipe with settings that keras-tuner tries.

    Args:
        training: what a recipe has made.
        holds_for: parameters of the notebook without which what is found is not worth much.
    """

    def __init__(self, training: Training, holds_for: Mapping[str, Any] | None = None):
        super().__init__()
        self.training, self.holds_for = training, dict(holds_for or {})
        self.epochs, self.seed = training.epochs, training.seed
        self.objective = keras_tuner.Objective(f"val_{training.measure}", training.mode)

    def build(self, hp: HyperParameters) -> keras.Model:
        """The network of some values.

        Its rate falls to zero over all epochs, or over those that Hyperband adds to an earlier trial's weights. So
        trials of one round compare as whole trainings do (warm restarts: Loshchilov & Hutter, 2017).
        """
        epochs = hp.values.get("tuner/epochs", self.epochs) - hp.values.get("tuner/initial_epoch", 0)
        return self.training.build(hp, epochs)

    def fit(self, hp: HyperParameters, model: keras.Model, callbacks=(), epochs=None, initial_epoch=0, **_):
        """Train and score it, as keras-tuner asks for: Hyperband goes on from an earlier trial's last epoch."""
        batches = self.training.batches
        own = [keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: batches.start(epoch))]
        if self.training.average:
            own.append(keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
        epochs = self.epochs if epochs is None else epochs
        return model.fit(
            batches, validation_data=self.training.chooses, initial_epoch=initial_epoch, epochs=epochs,
            callbacks=[*own, *callbacks], shuffle=False, verbose=0,
        )  # fmt: skip


def of(model: str, target: str, profile: str, epochs: int, seed: int = 0) -> Trial:
    """What is tried of a model.

    Args:
        model: a key of `NETWORKS`.
        target: a key of `labels.TARGETS`, or `keypoints15` of the network of keypoints.
        profile: whose data; the notebooks before stage 40 have made them.
        epochs: of one trial.
        seed: of weights, shuffling, augmentation and dropout.

    Raises:
        ValueError: there is no such model, or it has no such target.
        FileNotFoundError: with the notebook that makes what is missing.
    """
    if model not in NETWORKS:
        raise ValueError(f"no search for {model!r}: there are {', '.join(NETWORKS)}")
    targets = ("keypoints15",) if model == "keypoint_resnet" else tuple(labels.TARGETS)
    if target not in targets:
        raise ValueError(f"{model} has no target {target!r}: it has {', '.join(targets)}")
    notebook, make = NETWORKS[model]
    given = {**profiles.resolved(notebook, profile), "target": target, "epochs": epochs, "seed": seed}
    return make(Paths(profile), given)


def _called(recipe: Callable[..., Training], /, *data, **given) -> Training:
    """A recipe with those parameters of its notebook that it has."""
    return recipe(
        *data, **{name: value for name, value in given.items() if name in inspect.signature(recipe).parameters}
    )


def _distances(subset: str, where: Paths, given: dict) -> Trial:
    features = store.open_dataset(where.dataset("features", f"distances_{subset}"), "30_distance_features")
    rows = recipes.rows(features, given["target"])
    data = {"features": features["value"].values}
    return Trial(_called(distances.recipe, data, rows, **given, subset=subset))


def _pictures(backbone: str, where: Paths, given: dict) -> Trial:
    faces = store.open_dataset(where.faces(), "10_extract_faces")
    rows = recipes.rows(faces, given["target"])
    given = given | {"backbone": backbone, "changes": Recipe(mixup=given["mixup"])}
    made = _called(pictures.recipe, faces["image"].values, rows, rows.one_hot(rows.train), **given)
    return Trial(made, {"start": given["start"]})


def _enm_images(where: Paths, given: dict) -> Trial:
    """Both networks learn at once, that of the distances as it is by default."""
    crops = store.open_dataset(where.dataset("features", "crops_dlib68"), "34_enm_crops")["masked"].values
    features = store.open_dataset(where.dataset("features", "distances_enm"), "30_distance_features")
    rows, values = recipes.rows(features, given["target"]), features["value"].values
    y, given = _labels(where, given, rows), given | {"changes": Recipe()}
    seeing = _called(pictures.recipe, crops, rows, y, **given).network

    def measuring(_):
        return dense.build(HyperParameters(), values[rows.train], len(rows.classes))

    joined = _called(enm_images.recipe, crops, values, rows, y, seeing, measuring, **given)
    return Trial(joined, {"backbone": given["backbone"]})


def _mesh_gnn(where: Paths, given: dict) -> Trial:
    aligned = store.open_dataset(where.dataset("features", "aligned478"), "31_mesh_features")
    rows, graph = recipes.rows(aligned, given["target"], aligned["detected"].values), topology.mesh_edges()
    y, given = _labels(where, given, rows), given | {"soft": bool(given["teacher"])}
    points = aligned["points"].values
    made = _called(mesh_gnn.recipe, points, rows, y, mesh_graph.adjacency(graph), **given)
    return Trial(made, {"teacher": given["teacher"]})


def _keypoints(where: Paths, given: dict) -> Trial:
    faces = store.open_dataset(where.dataset("faces", "keypoints"), "13_extract_keypoints")
    split = faces["split"].values.astype(object)
    data = faces["image"].values, faces["keypoints"].values, split
    drawn = sampled_keypoints.draw(given["sampled"], given["seed"])
    made = _called(keypoints.recipe, *data, drawn, **given, changes=point_augmentation.Recipe())
    return Trial(made, {name: given[name] for name in ("backbone", "start") if given[name]})


def _own(module: ModuleType, where: Paths, given: dict) -> Trial:
    """Of a recipe that says itself what it opens."""
    opened = {
        name: (store.open_dataset(where.dataset(stage, kept), "an earlier notebook"), variable)
        for name, (stage, kept, variable) in module.INPUTS.items()
    }
    data = {name: dataset[variable].values for name, (dataset, variable) in opened.items()}
    first, _ = next(iter(opened.values()))
    rows = recipes.rows(first, given["target"], measured(data))
    return Trial(_called(module.recipe, data, rows, **given))


def _owners() -> dict[str, tuple[str, Callable[[Paths, dict], Trial]]]:
    names = [module.name for module in pkgutil.iter_modules(recipes.__path__)]
    modules = {name: import_module(f"mien.training.recipes.{name}") for name in names}
    return {n: ("49_train_recipe", partial(_own, module)) for n, module in modules.items() if hasattr(module, "INPUTS")}


def _labels(where: Paths, given: dict, rows: recipes.Rows) -> np.ndarray:
    """Labels of the training faces, half of which the profile's teacher says."""
    y = rows.one_hot(rows.train)
    if not given["teacher"]:
        return y
    whole = store.open_dataset(where.faces(), "10_extract_faces")["image"].values
    return recipes.taught_by(given["teacher"], whole[rows.train], y, given["target"])


NETWORKS: dict[str, tuple[str, Callable[[Paths, dict], Trial]]] = {
    "all": ("40_train_all", partial(_distances, "all")),
    "enm": ("41_train_enm", partial(_distances, "enm")),
    "enm_images": ("42_train_enm_images", _enm_images),
    "small": ("43_train_pixels", partial(_pictures, "small")),
    "resnet_face": ("43_train_pixels", partial(_pictures, "face")),
    "mesh_gnn": ("45_train_mesh_gnn", _mesh_gnn),
    "keypoint_resnet": ("48_keypoint_resnet", _keypoints),
    **_owners(),
}
"""Model -> the notebook that trains it, and what makes its trial of paths and the notebook's parameters."""
