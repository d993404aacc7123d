"""Save and open datasets, models, metrics and figures, atomically.

Everything is written aside and renamed at the end: what stands under its name is whole.
"""

import errno
import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from mien.engine import missing, streams

if TYPE_CHECKING:
    import h5py
    import keras
    import pandas as pd
    from matplotlib.figure import Figure
    from sklearn.base import BaseEstimator

BLOCK = 512
"""Faces in one chunk: 1.2 MB of 48x48 pictures, 4.7 MB of 2,278 distances."""

TRUSTED = (
    "mien.models.svm.Components",
    "mien.models.svm.PairwiseSVC",
    "mien.models.svm.log_odds",
    "mord.threshold_based.LogisticAT",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._TemperatureScaling",
)
"""What an estimator's file may hold beyond numbers and what skops trusts of scikit-learn. Trees are in neither list:
scikit-learn follows the numbers of their nodes unchecked, out of its memory where a file says so."""


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors that name no file: there is no more room."""


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Yield a path to write to; rename it to `path` when the block ends well, remove it otherwise.

    A link is followed. A pipe or a device, and whatever the program's own output goes to, stays what it is, and gets
    what was written.

    Raises:
        OSError: it cannot be written, there is no more room; names `path`, and not what stands beside it meanwhile.
    """
    if streams.is_one(path):
        with naming(path), TemporaryDirectory() as folder:
            yield (temporary := Path(folder) / path.name)
            streams.pour(temporary, path)
        return
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    # keeps the suffix, which Keras looks at, and of the name what leaves room for the number
    temporary = target.with_name(f".{os.getpid()}.{target.name[-50:]}")
    try:
        with naming(path, temporary):
            yield temporary
            if temporary.is_dir():
                remove(target)
            os.replace(temporary, target)
    finally:
        remove(temporary)


@contextmanager
def naming(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Say of an error in writing which file was asked for."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL or (temporary and str(error.filename) == str(temporary)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """The sha256 of a file, or of a folder's files and their names."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    total = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        total.update(f"{file.relative_to(path).as_posix()} {digest(file)}\n".encode())
    return total.hexdigest()


def _found(path: Path, maker: str) -> Path:
    if not path.exists():
        raise missing.made_by(path, maker)
    return path


def chunks(dataset: xr.Dataset, block: int = BLOCK) -> dict[str, dict]:
    """The encoding that cuts every variable into blocks of faces and leaves its other axes whole."""
    sizes = dict(dataset.sizes, face=min(block, max(dataset.sizes["face"], 1)))
    return {
        name: {"chunks": tuple(sizes[dim] for dim in variable.dims)}
        for name, variable in dataset.variables.items()
        if "face" in variable.dims
    }


def save_dataset(dataset: xr.Dataset, path: Path) -> None:
    """Write a dataset with a `face` dimension as a Zarr store, in blocks of `BLOCK` faces."""
    with aside(path) as temporary:
        dataset.drop_encoding().to_zarr(temporary, mode="w", consolidated=False, encoding=chunks(dataset))


def open_dataset(path: Path, made_by: str = "an earlier notebook") -> xr.Dataset:
    """Open a Zarr store lazily: its arrays are read when they are used.

    Args:
        path: the store.
        made_by: the notebook to name when it is not there.

    Raises:
        Missing: with the notebook that makes it.
    """
    return xr.open_zarr(_found(path, made_by), consolidated=False)


def save_json(content: dict, path: Path) -> None:
    """Write a dictionary as indented JSON."""
    with aside(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def save_table(table: "pd.DataFrame", path: Path) -> None:
    """Write a table as CSV, without its index."""
    with aside(path) as temporary:
        table.to_csv(temporary, index=False)


def open_json(path: Path, made_by: str = "an earlier notebook") -> dict:
    """Read a JSON file.

    Raises:
        Missing: with the notebook that makes it.
        ValueError: the file is no JSON, such as half of it.
    """
    try:
        return json.loads(_found(path, made_by).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no whole JSON ({error}): remove it, and run what writes it again") from error


def save_figure(figure: "Figure", path: Path, software: str | None = None) -> None:
    """Write a figure as PNG, in which may stand what has made it."""
    with aside(path) as temporary:
        figure.savefig(temporary, metadata={"Software": software})  # same figure, same bytes, whatever the version


def save_model(model: "keras.Model", path: Path, half: bool = False) -> None:
    """Write a Keras model as `.keras`.

    Args:
        model: what it was compiled with is written too.
        path: ends in `.keras`.
        half: write the weights as float16, in half the room; Keras opens them in the precision that they had.

    Raises:
        ValueError: a weight is beyond the range of float16.
    """
    with aside(path) as temporary:
        model.save(temporary)
        if half:
            _halve(temporary)


def _halve(path: Path) -> None:
    """Write the weights in a `.keras` archive again, as float16; its other members stay as they are."""
    with zipfile.ZipFile(path) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in members:
            archive.writestr(info, _in_float16(content) if info.filename == "model.weights.h5" else content)


def _in_float16(weights: bytes) -> bytes:
    import h5py  # here, since most uses of the store need none

    halved = io.BytesIO()  # a file of its own, since HDF5 does not give back the room of what is deleted
    with h5py.File(io.BytesIO(weights)) as old, h5py.File(halved, "w") as new:
        _copy_in_float16(old, new)
    return halved.getvalue()


def _copy_in_float16(old: "h5py.Group", new: "h5py.Group") -> None:
    """Copy a group; optimizers, integers and bfloat16 (opaque to HDF5) stay as they are."""
    new.attrs.update(old.attrs)
    for name, item in old.items():
        is_dataset = hasattr(item, "dtype")
        if name == "optimizer" or (is_dataset and item.dtype.kind != "f"):
            old.copy(item, new, name)
        elif is_dataset:
            new[name] = _rounded(item)
            new[name].attrs.update(item.attrs)
        else:
            _copy_in_float16(item, new.create_group(name))


def _rounded(weights: "h5py.Dataset") -> np.ndarray:
    with np.errstate(over="ignore"):  # the error below says which layer it is in
        rounded = weights[()].astype(np.float16)
    if not np.isfinite(rounded).all():
        layer = weights.parent.attrs.get("name", weights.parent.name)
        raise ValueError(
            f"layer {layer} has a weight of {np.abs(weights[()]).max():,.6g}, beyond float16's "
            f"{np.finfo(np.float16).max:,}: save the model in full precision (half=False)"
        )
    return rounded


def open_model(path: Path, made_by: str = "an earlier notebook") -> "keras.Model":
    """Open a Keras model in safe mode: no code of the file's own is run.

    Raises:
        Missing: with the notebook that makes it.
    """
    import keras  # here, since it takes seconds and most uses of the store need none

    from mien.engine import xla

    return xla.spare(keras.saving.load_model(_found(path, made_by), safe_mode=True))


def save_estimator(estimator: "BaseEstimator", path: Path) -> None:
    """Write a scikit-learn estimator as `.skops`, which holds no code.

    Raises:
        ValueError: with the types in it that `open_estimator` would refuse.
    """
    from skops import io  # here, as Keras above: it takes seconds

    with aside(path) as temporary:
        io.dump(estimator, temporary)
        _check_trusted(temporary, path)


def open_estimator(path: Path, made_by: str = "an earlier notebook") -> "BaseEstimator":
    """Open a scikit-learn estimator; nothing is unpickled.

    Raises:
        Missing: with the notebook that makes it.
        ValueError: with the types in it that are not `TRUSTED`.
    """
    from skops import io

    _check_trusted(_found(path, made_by), path)
    return io.load(path, trusted=list(TRUSTED))


def open_trained(path: Path, made_by: str = "an earlier notebook") -> "keras.Model | BaseEstimator":
    """Open a network (`.keras`) or an estimator (`.skops`), as `open_model` and `open_estimator` do."""
    return (open_estimator if path.suffix == ".skops" else open_model)(path, made_by)


def _check_trusted(file: Path, path: Path) -> None:
    from skops import io

    unknown = sorted(set(io.get_untrusted_types(file=file)) - set(TRUSTED))
    if unknown:
        raise ValueError(f"{path} holds {', '.join(unknown)}: only types that store.TRUSTED names are saved and opened")
