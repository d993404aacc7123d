"""The trained models that ship with the repository, each with its scores and a card that says what it is."""

from pathlib import Path
from typing import TYPE_CHECKING

from mien.engine import paths, store
from mien.models import litert

if TYPE_CHECKING:
    import keras
    from sklearn.base import BaseEstimator

KEYPOINTS = "keypoints15"
"""The target of networks of keypoints, and the name of the one that ships."""

EYES = "eye_state"
"""The target of models of eye states, and the name of the one that ships."""

LIGHT = "model.tflite"
"""A network once more, in LiteRT's format."""


def names() -> list[str]:
    """Names of the models that ship: `<model>-<target>` for expressions, `KEYPOINTS` and `EYES`."""
    return sorted(path.parent.name for path in paths.pretrained().glob("[!.]*/model.json"))


def describe(name: str) -> dict:
    """What a caller needs to know of a model that ships.

    Args:
        name: `<model>-<target>`, e.g. `small-emotion7`.

    Returns:
        `model`, `target`, `classes` or `points` in the order of the outputs, `inputs` (name -> shape of one face),
        `sources` (name -> stage, dataset and variable it is read from), `sha256` and `bytes` of its file; `light`, the
        same of its file for LiteRT, where it ships in that format too; and `network` and `temperature`, where its file
        is that of a network of `models/networks`, whose logits it makes probabilities of.

    Raises:
        ValueError: no such model ships, or not for this target; says which do.
    """
    return store.open_json(folder_of(name) / "model.json")


def scores(name: str) -> dict:
    """The metrics of a model that ships, as the notebook that scored it saved them."""
    return store.open_json(folder_of(name) / "metrics.json")


def load(name: str, light: bool = False) -> "keras.Model | litert.Network | BaseEstimator":
    """Open a model that ships, in safe mode.

    Args:
        name: `<model>-<target>`, e.g. `small-emotion7`.
        light: for answers alone, in LiteRT's format where it ships in it too: opens in milliseconds, without Keras.

    Returns:
        A network of one array per input, (face, *shape), -> probabilities (face, class), or points (face, 15, 2); or
        an estimator of rows, (row, number).

    Raises:
        ValueError: there is no such model, its file is not the one that was published, or it takes other inputs than
            its `model.json` says.
    """
    about, folder = describe(name), folder_of(name)
    light = light and "light" in about
    path = folder / LIGHT if light else file(name)
    _check_file(path, (about["light"] if light else about)["sha256"])
    model = litert.Network(path) if light else _opened(path, about)
    if (found := shapes(model, about["sources"])) != about["inputs"]:
        raise ValueError(f"{path} takes {_in_words(found)}, but model.json says {_in_words(about['inputs'])}")
    return model


def folder_of(name: str) -> Path:
    """Where a model that ships lies; raises ValueError with those that do."""
    there = names()
    if name in there:
        return paths.pretrained() / name
    model, _, target = name.rpartition("-")
    targets = [other.removeprefix(f"{model}-") for other in there if other.rpartition("-")[0] == model]
    if model and targets:
        raise ValueError(f"the pretrained {model} has no target {target}: it has {', '.join(targets)}")
    raise ValueError(f"there is no pretrained {name}: there are {', '.join(there) or 'none yet'}")


def file(name: str) -> Path:
    """The file of a model that ships, in its own format; raises ValueError as `folder_of` does."""
    about, folder = describe(name), folder_of(name)
    if "network" in about:
        return network(about["network"])
    (path,) = (path for path in folder.glob("model.*") if path.suffix in (".keras", ".skops"))
    return path


def network(name: str) -> Path:
    """The file of a network that ships in `models/networks`, of logits of seven expressions."""
    return paths.networks() / name / "model.keras"


def _opened(path: Path, about: dict) -> "keras.Model | BaseEstimator":
    if "network" not in about:
        return store.open_trained(path)
    from mien.models.probabilities import with_probabilities  # here: who asks LiteRT need not wait for Keras

    return with_probabilities(store.open_model(path), about["temperature"], about["target"])


def shapes(model: "keras.Model | litert.Network | BaseEstimator", sources: dict) -> dict[str, list[int]]:
    """Name of an input -> shape of one row of it; an estimator has one, whose name it does not know."""
    if isinstance(model, litert.Network):
        return {name: [*shape] for name, shape in model.inputs.items()}
    if hasattr(model, "n_features_in_"):
        return {name: [model.n_features_in_] for name in sources}
    return {tensor.name: list(tensor.shape[1:]) for tensor in model.inputs}


def _check_file(path: Path, expected: str) -> None:
    if (found := store.digest(path)) != expected:
        raise ValueError(
            f"{path} is not the file that was published: its sha256 is {found}, expected {expected}; "
            f"`git checkout -- {path}` restores it (git lfs is not used: a pointer has no place there)"
        )


def _in_words(shapes: dict[str, list[int]]) -> str:
    return ", ".join(f"{name} {tuple(shape)}" for name, shape in shapes.items())
