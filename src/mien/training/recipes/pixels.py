"""Networks on the picture alone: teachers that differ, and students of their mean.

The plain recipe is that of Khaireddin & Chen (2021) in short: stochastic gradient descent with Nesterov's momentum,
strong changes of the pictures, label smoothing. A student sees the same changed picture as its teachers and learns
their mean answer alone, for long (Beyer et al., 2022, "Knowledge distillation: a good teacher is patient and
consistent").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import keras
import numpy as np
from keras_tuner import HyperParameters

from mien.models import resnet, vgg
from mien.training import Pace, precision
from mien.training.augmentation import Recipe

STRONG = Recipe(shift=0.1, zoom=0.15, turn=15, light=0.3, erase=0.3)
"""How teachers' pictures are changed, and, with mixing, students'."""


@dataclass(frozen=True)
class Pixels:
    """A training.

    Attributes:
        network: `vgg`, or a backbone of `models.resnet`.
        values: hyper-parameters other than the network's defaults.
        changes: of the pictures.
        optimizer: `sgd`, or `adamw`.
        rate: the highest learning rate.
        decay: of kernels, as a share of the rate (decoupled: Loshchilov & Hutter, 2019).
        smoothing: of labels.
        batch: faces in one step.
        average: momentum of the weights' moving average.
        epochs: passes over the training set.
        seed: of the weights, shuffling, changes and dropout; a student's: see `STUDENTS`.
        start: the recipe whose weights it goes on from.
        teachers: recipes whose mean answer it learns; none: it learns labels.
    """

    network: str
    values: Mapping[str, float] = field(default_factory=dict)
    changes: Recipe = STRONG
    optimizer: str = "sgd"
    rate: float = 0.02
    decay: float = 5e-3
    smoothing: float = 0.1
    batch: int = 256
    average: float = 0.999
    epochs: int = 120
    seed: int = 0
    start: str = ""
    teachers: tuple[str, ...] = ()

    def build(self, shape: tuple[int, int], n_classes: int, pretrained: bool = True) -> keras.Model:
        """The network, on pictures (batch, y, x, 1) in grey levels -> logits (batch, class)."""
        keras.utils.set_random_seed(self.seed)
        keras.config.set_dtype_policy(precision())
        hp = HyperParameters()
        for name, value in self.values.items():
            hp.Fixed(name, value)
        if self.network == "vgg":
            return vgg.build(hp, shape, n_classes)
        return resnet.build(hp, shape, n_classes, self.network, pretrained)

    def compile(self, model: keras.Model, parts: int = 1) -> None:
        """Cross-entropy of logits, and an optimiser whose rate `pace` sets; it steps after so many parts of a batch."""
        options = {"weight_decay": self.decay, "use_ema": True, "global_clipnorm": 5.0}
        options["ema_momentum"] = self.average ** (1 / parts)  # Keras averages after every part
        options["gradient_accumulation_steps"] = parts if parts > 1 else None
        if self.optimizer == "sgd":
            optimizer = keras.optimizers.SGD(self.rate, momentum=0.9, nesterov=True, **options)
        else:
            optimizer = keras.optimizers.AdamW(self.rate, **options)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        smoothing = 0 if self.teachers else self.smoothing
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
        model.compile(optimizer=optimizer, loss=loss)

    def pace(self, passes: int, minutes: float | None) -> Pace:
        """The learning rate over epochs of so many passes each, or over minutes."""
        return Pace(self.rate, max(self.epochs // passes, 1), minutes)


_FACE = {"network": "face", "optimizer": "adamw", "rate": 1e-3, "decay": 0.05, "smoothing": 0.05}
_MIXED = replace(STRONG, mixup=0.2)

TEACHERS: dict[str, Pixels] = {
    "vgg_a": Pixels("vgg", seed=1),
    "vgg_b": Pixels("vgg", {"dropout": 0.3}, _MIXED, smoothing=0.05, seed=2),
    "face_a": Pixels(values={"width": 112}, changes=_MIXED, seed=3, **_FACE),
    "face_b": Pixels(values={"width": 112}, seed=4, **_FACE),
    "face_c": Pixels(values={"width": 128}, changes=replace(_MIXED, erase=0.5), seed=5, **_FACE),
    "face_d": Pixels(values={"width": 96}, changes=replace(_MIXED, mixup=0.4), seed=7, **_FACE),
}
"""Networks that differ in what they are made of, where they start, and how their pictures are changed."""

_TAUGHT = {"changes": _MIXED, "optimizer": "adamw", "decay": 0.01, "teachers": tuple(TEACHERS)}
_STUDENTS = {
    "student_face": Pixels("face", {"width": 112, "dropout": 0.0}, rate=1e-3, start="face_a", **_TAUGHT),
    "student_small": Pixels("small", {"width": 64, "dropout": 0.0}, rate=4e-3, **_TAUGHT),
}

SEEN = 6
"""Seed of the changed pictures that teachers answer for all students."""

SEEDS = (1, 2, 3)
STUDENTS: dict[str, Pixels] = {
    f"{name}_{seed}": replace(recipe, seed=seed) for name, recipe in _STUDENTS.items() for seed in SEEDS
}
"""At most 10 MB, and at most 1 MB, each from several seeds: of its weights, and of the order in which it sees what its
teachers saw."""

RECIPES = TEACHERS | STUDENTS


def mean_answer(probabilities: np.ndarray, labels: np.ndarray, rounds: int = 200) -> np.ndarray:
    """Weights of a mixture of teachers under which validation labels are likeliest (Dempster, Laird & Rubin, 1977).

    Args:
        probabilities: (teacher, face, class).
        labels: (face,) class indices.
        rounds: of expectation and maximisation; the likelihood is concave, so every start leads to the same.

    Returns:
        (teacher,) shares that sum to 1.
    """
    right = probabilities[:, np.arange(len(labels)), labels]  # (teacher, face)
    shares = np.full(len(right), 1 / len(right))
    for _ in range(rounds):
        parts = shares[:, None] * right
        shares = (parts / parts.sum(axis=0)).mean(axis=1)
    return shares
