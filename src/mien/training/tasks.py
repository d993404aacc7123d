"""What one trial of a search does for each model: what the notebook that trains it does, for a number of epochs.

The notebook's parameters are those of the profile: its backbone, its teacher, what it starts from.

Training rows teach and validation rows score, but for copies of training rows: who has learned those by heart knows
their copies, too. The test rows are not touched.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import keras_tuner
import numpy as np
import xarray as xr
from keras_tuner import HyperParameters

from mien import training
from mien.engine import profiles, store
from mien.engine.paths import Paths
from mien.faces.splits import unseen
from mien.features import distances, mesh_graph
from mien.models import dense, fusion, keypoints, mesh_gnn, pretrained, resnet
from mien.training import augmentation
from mien.training.mesh_augmentation import AugmentedMeshes
from mien.vocabulary import labels, topology

ACCURACY = keras_tuner.Objective("val_accuracy", "max")
RMSE = keras_tuner.Objective("val_rmse", "min")


class Task(keras_tuner.HyperModel):
    """A model, its data, and what is to be as good as possible.

    Args:
        make: values of the hyper-parameters -> a network, compiled.
        data: what `fit` is given: the faces that teach and those that score.
        epochs: of one trial.
        objective: a measure on validation faces.
        seed: of the weights and of dropout; every trial has the same.
        policy: Keras' dtype policy.
        holds_for: parameters of the notebook without which what is found is not worth much.
    """

    def __init__(
        self,
        make: Callable[[HyperParameters], keras.Model],
        data: Mapping[str, Any],
        epochs: int,
        objective: keras_tuner.Objective = ACCURACY,
        seed: int = 0,
        policy: str = "float32",
        holds_for: Mapping[str, Any] | None = None,
    ):
        super().__init__()
        self.make, self.data, self.epochs = make, data, epochs
        self.objective, self.seed, self.policy, self.holds_for = objective, seed, policy, dict(holds_for or {})

    def build(self, hp: HyperParameters) -> keras.Model:
        """The network of some values."""
        keras.utils.set_random_seed(self.seed)
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.policy)
        try:
            return self.make(hp)
        finally:
            keras.config.set_dtype_policy(before)

    def fit(self, hp: HyperParameters, model: keras.Model, callbacks=(), epochs=None, initial_epoch=0, **_):
        """Train and score it, as keras-tuner asks for: Hyperband goes on from an earlier trial's last epoch."""
        batches = self.data["x"]
        own = []
        if isinstance(batches, augmentation.Augmented):
            own.append(keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: batches.start(epoch)))
            own.append(keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
        epochs = self.epochs if epochs is None else epochs
        return model.fit(
            **self.data, epochs=epochs, initial_epoch=initial_epoch, callbacks=[*own, *callbacks], verbose=0
        )


def of(model: str, target: str, profile: str, epochs: int, seed: int = 0) -> Task:
    """The task of a model.

    Args:
        model: a key of `TASKS`.
        target: a key of `labels.TARGETS`, or `keypoints15` of the network of keypoints.
        profile: whose data; the notebooks before stage 40, and 48 for keypoints, have made them.
        epochs: of one trial.
        seed: of weights, shuffling, augmentation and dropout.

    Raises:
        ValueError: there is no such model, or it has no such target.
        FileNotFoundError: with the notebook that makes what is missing.
    """
    if model not in TASKS:
        raise ValueError(f"no search for {model!r}: there are {', '.join(TASKS)}")
    targets = ("keypoints15",) if model == "keypoint_resnet" else tuple(labels.TARGETS)
    if target not in targets:
        raise ValueError(f"{model} has no target {target!r}: it has {', '.join(targets)}")
    return TASKS[model](Paths(profile), target, epochs, seed)


def _all_distances(subset: str, notebook: str, paths: Paths, target: str, epochs: int, seed: int) -> Task:
    """As notebooks 40 and 41: every face twice, one of them mirrored."""
    given = profiles.resolved(notebook, paths.profile)
    features = store.open_dataset(paths.dataset("features", f"distances_{subset}"), "30_distance_features")
    rows, y, n = split_rows(features, target)
    value, size = features["value"].values, given["batch_size"]
    x = np.concatenate([value[rows["train"]], value[rows["train"]][:, distances.mirror(subset)]])
    taught = np.tile(y["train"], (2, 1))
    weights = training.class_weights(taught.argmax(axis=1), given["weight_power"])

    def make(hp):
        network = dense.build(hp, x, n)
        training.compile_classifier(network, hp, _epochs(hp, epochs) * -(-len(x) // size))
        return network

    data = {"x": x, "y": taught, "batch_size": size, "class_weight": weights}
    return Task(make, data | {"validation_data": (value[rows["validation"]], y["validation"])}, epochs, seed=seed)


def _enm_images(paths: Paths, target: str, epochs: int, seed: int) -> Task:
    """As notebook 42, but both branches learn at once; that of the distances is 41's by default."""
    given = profiles.resolved("42_train_enm_images", paths.profile)
    backbone, size = given["backbone"], given["batch_size"]
    crops = store.open_dataset(paths.dataset("features", "crops_dlib68"), "34_enm_crops")
    features = store.open_dataset(paths.dataset("features", "distances_enm"), "30_distance_features")
    rows, y, n = split_rows(features, target)
    pictures, values = crops["masked"].values, features["value"].values
    taught, mirror = values[rows["train"]], distances.mirror("enm")
    says = _taught_by(given["teacher"], paths, target, rows["train"], y["train"])
    batches = augmentation.Augmented(
        pictures[rows["train"]], says, augmentation.Recipe(), size, seed, features=taught, mirror=mirror
    )

    def make(hp):
        seeing = _seeing(hp, pictures.shape[1:], n, backbone, given["start"])
        network = fusion.join(hp, seeing, dense.build(HyperParameters(), taught, n), n)
        return _compiled(training.compile_classifier, network, hp, epochs, batches, resnet.RATES[backbone])

    asked = {"picture": pictures[rows["validation"]], "features": values[rows["validation"]]}
    data = {"x": batches, "validation_data": (asked, y["validation"])}
    return Task(make, data, epochs, ACCURACY, seed, training.precision(), {"backbone": backbone})


def _pixels(backbone: str, paths: Paths, target: str, epochs: int, seed: int) -> Task:
    """As notebook 43."""
    given = profiles.resolved("43_train_pixels", paths.profile)
    faces = store.open_dataset(paths.dataset("faces", "fer2013"), "10_extract_fer2013")
    rows, y, n = split_rows(faces, target)
    pictures, holds_for = faces["image"].values, {name: given[name] for name in ("start", "teacher")}
    says = _taught_by(given["teacher"], paths, target, rows["train"], y["train"])
    recipe = augmentation.Recipe(mixup=given["mixup"])
    batches = augmentation.Augmented(pictures[rows["train"]], says, recipe, given["batch_size"], seed)

    def make(hp):
        network = _seeing(hp, pictures.shape[1:], n, backbone, given["start"])
        return _compiled(training.compile_classifier, network, hp, epochs, batches, resnet.RATES[backbone])

    data = {"x": batches, "validation_data": (pictures[rows["validation"]], y["validation"])}
    return Task(make, data, epochs, ACCURACY, seed, training.precision(), holds_for)


def _mesh_gnn(paths: Paths, target: str, epochs: int, seed: int) -> Task:
    """As notebook 45, with lines."""
    given = profiles.resolved("45_train_mesh_gnn", paths.profile)
    aligned = store.open_dataset(paths.dataset("features", "aligned478"), "31_mesh_features")
    rows, y, n = split_rows(aligned, target, aligned["detected"].values)
    points, graph = aligned["points"].values, mesh_graph.adjacency(topology.mesh_edges())
    weights = [*training.class_weights(y["train"].argmax(axis=1), given["weight_power"]).values()]  # (class,)
    x, teacher = points[rows["train"]], given["teacher"]
    says = _taught_by(teacher, paths, target, rows["train"], y["train"])
    batches = AugmentedMeshes(x, says, weights, given["batch_size"], seed, given["mixup"])

    def make(hp):
        if teacher:
            hp.Fixed("label_smoothing", 0.0)  # its answers are soft already
        network = mesh_gnn.build(hp, x, graph, n)
        return _compiled(training.compile_classifier, network, hp, epochs, batches, given["learning_rate"])

    data = {"x": batches, "validation_data": (points[rows["validation"]], y["validation"])}
    return Task(make, data, epochs, seed=seed, holds_for={"teacher": teacher})


def _keypoints(paths: Paths, _: str, epochs: int, seed: int) -> Task:
    """As notebook 48."""
    given = profiles.resolved("48_keypoint_resnet", paths.profile)
    backbone, size = given["backbone"], given["batch_size"]
    faces = store.open_dataset(paths.dataset("faces", "keypoints"), "13_extract_keypoints")
    image, points, split = faces["image"].values, faces["keypoints"].values, faces["split"].values.astype(object)
    train, validation = split == "train", split == "validation"
    batches = augmentation.AugmentedPoints(
        image[train], keypoints.by_marking(points[train]), augmentation.Recipe(), size, seed, mirror=keypoints.MIRROR
    )

    def make(hp):
        _hold_cost(hp, backbone)
        network = keypoints.build(hp, image.shape[1:], backbone)
        return _compiled(training.compile_points, network, hp, epochs, batches, 1e-3)

    asked = np.pad(points[validation], ((0, 0), (0, 4), (0, 0)), constant_values=np.nan)
    data = {"x": batches, "validation_data": (image[validation], *augmentation.with_weights(asked))}
    return Task(make, data, epochs, RMSE, seed, training.precision(), {"backbone": backbone})


def split_rows(
    dataset: xr.Dataset, target: str, found: np.ndarray | bool = True
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], int]:
    """Which rows teach and which score, without copies.

    Args:
        dataset: of `emotion`, `split` and `group`.
        target: a key of `labels.TARGETS`.
        found: (face,) bool, the faces that are used; True: all.

    Returns:
        Of `train` and `validation`: rows (face,) bool and one-hot labels (row, class); and how many classes there are.

    Raises:
        ValueError: training rows do not show every class.
    """
    aim = labels.TARGETS[target]
    code, split = aim.encode(dataset["emotion"].values), dataset["split"].values
    used = (code != labels.UNKNOWN) & found & unseen(dataset)
    rows = {part: (split == part) & used for part in ("train", "validation")}
    training.check_classes(code[rows["train"]], aim.classes)
    n = len(aim.classes)
    return rows, {part: keras.utils.to_categorical(code[row], n) for part, row in rows.items()}, n


def _taught_by(teacher: str, paths: Paths, target: str, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Labels (face, class), half of which a teacher says, where there is one."""
    if not teacher:
        return y
    pictures = store.open_dataset(paths.dataset("faces", "fer2013"), "10_extract_fer2013")["image"].values[rows]
    says = pretrained.load(teacher).predict(pictures, batch_size=512, verbose=0)
    return (y + labels.TARGETS[target].fold(says)) / 2


def _seeing(hp: HyperParameters, shape: tuple[int, int], n: int, backbone: str, start: str) -> keras.Model:
    """A network of pictures that costs what its backbone does, and goes on from another where there is one."""
    _hold_cost(hp, backbone)
    network = resnet.build(hp, shape, n, backbone)
    if start:
        resnet.start_from(network, pretrained.load(start))
    return network


def _hold_cost(hp: HyperParameters, backbone: str) -> None:
    """Search for nothing that makes a network of pictures slower: a score does not know what it costs."""
    for name, value in resnet.COST[backbone].items():
        hp.Fixed(name, value)


def _epochs(hp: HyperParameters, epochs: int) -> int:
    """Over which a trial's rate falls to zero: all, or those that Hyperband adds to an earlier trial's weights.

    So trials of one round compare as whole trainings do (warm restarts: Loshchilov & Hutter, 2017).
    """
    return hp.values.get("tuner/epochs", epochs) - hp.values.get("tuner/initial_epoch", 0)


def _compiled(
    compile_, network: keras.Model, hp: HyperParameters, epochs: int, batches: keras.utils.PyDataset, rate: float
) -> keras.Model:
    """Compile as notebooks 42, 43, 45 and 48 do; their rate and weight decay are the defaults."""
    hp.Float("learning_rate", rate / 8, rate * 4, sampling="log", default=rate)
    hp.Float("weight_decay", 0.005, 0.5, sampling="log", default=0.05)
    compile_(network, hp, _epochs(hp, epochs) * len(batches), warmup=0.1, average=0.08)
    return network


TASKS: dict[str, Callable[[Paths, str, int, int], Task]] = {
    "all": partial(_all_distances, "all", "40_train_all"),
    "enm": partial(_all_distances, "enm", "41_train_enm"),
    "enm_images": _enm_images,
    "small": partial(_pixels, "small"),
    "resnet_face": partial(_pixels, "face"),
    "mesh_gnn": _mesh_gnn,
    "keypoint_resnet": _keypoints,
}
"""Model -> what makes its task of paths, target, epochs and seed."""
