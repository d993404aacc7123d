"""A function of faces, block by block, on all cores or on a Dask cluster, that goes on where it was."""

import hashlib
import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr
import zarr
from distributed import Client, as_completed

from mien.engine import store
from mien.engine.progress import tqdm

Function = Callable[[xr.Dataset], xr.Dataset]
DONE = "done"  # (block,) in the store while it grows: which blocks are whole


def map_faces(function: Function, source: Path | Sequence[Path], target: Path, block: int = store.BLOCK) -> xr.Dataset:
    """Apply a function to every block of faces and keep what it gives as a dataset.

    The result grows in `<target>.partial` and is renamed when it is whole. A run that was killed goes on from
    the blocks it had, unless a source, the function's arguments or the text of its module changed.

    Args:
        function: (dataset of some faces) -> (dataset of the same faces); must pickle to other processes.
        source: the Zarr store to read, or several of the same faces (pictures, landmarks) to read as one dataset; what
            more than one has is the first's.
        target: the Zarr store to make.
        block: faces in one block.

    Returns:
        The dataset, opened lazily; the face coordinates of `source` are part of it.

    Raises:
        ValueError: the stores do not hold the same faces in the same order.
    """
    source = (source,) if isinstance(source, Path) else tuple(source)
    growing = target.with_name(f"{target.name}.partial")
    _check_same_faces(source)
    faces = _opened(source)
    key = _key(function, source, block)
    if not _can_go_on(growing, key):
        _prepare(function, faces, growing, key, block)
    starts = [i * block for i in np.flatnonzero(~zarr.open_group(growing, mode="r")[DONE][:])]
    computed = _computed(function, source, growing, starts, block)
    for _ in tqdm(computed, desc=target.stem, total=len(starts), unit="block"):
        pass
    _finish(growing, target)
    return store.open_dataset(target)


@contextmanager
def cluster() -> Iterator[Client]:
    """The Dask cluster of `MIEN_DASK` (`tcp://scheduler:8786`), or one process per core of this machine."""
    address = os.environ.get("MIEN_DASK")
    local = {"n_workers": _cores(), "threads_per_worker": 1, "dashboard_address": ":0"}
    with Client(address) if address else Client(**local) as client:
        yield client


def _cores() -> int:
    """How many are ours: `MIEN_CORES`, where other notebooks run beside this one, or all of this machine."""
    return int(os.environ.get("MIEN_CORES") or os.cpu_count() or 1)


def _check_same_faces(source: Sequence[Path]) -> None:
    """Compare the `id`s of several stores."""
    for other in source[1:]:
        first, second = (store.open_dataset(path)["id"].values for path in (source[0], other))
        if not np.array_equal(first, second):
            raise ValueError(
                f"{source[0].name} and {other.name} hold other faces: make the second again from the first"
            )


def _opened(source: Sequence[Path]) -> xr.Dataset:
    return xr.merge([store.open_dataset(path) for path in source], join="exact", compat="override")


def _key(function: Function, source: Sequence[Path], block: int) -> str:
    """What the result depends on: input, code and arguments."""
    bare = function.func if isinstance(function, partial) else function
    arguments = (function.args, function.keywords) if isinstance(function, partial) else ()
    code = hashlib.sha256(inspect.getsource(inspect.getmodule(bare)).encode()).hexdigest()
    digests = " and ".join(store.digest(path) for path in source)
    return f"{bare.__module__}.{bare.__qualname__}{arguments} of {digests}, blocks of {block}, code {code}"


def _can_go_on(growing: Path, key: str) -> bool:
    try:
        group = zarr.open_group(growing, mode="r")
        return group.attrs.get("key") == key and DONE in group
    except FileNotFoundError:
        return False


def _prepare(function: Function, faces: xr.Dataset, growing: Path, key: str, block: int) -> None:
    """Make the store with its final shape, every block still to do."""
    n = faces.sizes["face"]
    one = function(faces.isel(face=[0]).load())
    of_faces = {name: c.load() for name, c in faces.coords.items() if c.dims == ("face",)}  # loaded: written now
    bare = one.drop_vars(of_faces).isel(face=0, drop=True).chunk()  # in chunks, so that n of it take no memory
    template = bare.expand_dims(face=n).chunk(face=block).assign_coords(of_faces)
    store.remove(growing)
    growing.parent.mkdir(parents=True, exist_ok=True)
    encoding = store.chunks(template, block)
    template.drop_encoding().to_zarr(growing, mode="w", compute=False, consolidated=False, encoding=encoding)
    group = zarr.open_group(growing, mode="r+")
    group.create_array(DONE, data=np.zeros(-(-n // block), bool), chunks=(1,))
    group.attrs["key"] = key  # last: a store without it is begun again


def _computed(
    function: Function, source: Sequence[Path], growing: Path, starts: list[int], block: int
) -> Iterator[int]:
    """Compute blocks, here when there is one or one core, else on the cluster; yield each when it is written."""
    if len(starts) < 2 or (_cores() == 1 and not os.environ.get("MIEN_DASK")):
        yield from (_write(start, function, source, growing, block) for start in starts)
        return
    with cluster() as client:
        futures = client.map(_write, starts, function=function, source=source, growing=growing, block=block, pure=False)
        for future in as_completed(futures):
            yield future.result()
            future.release()


def _write(start: int, function: Function, source: Sequence[Path], growing: Path, block: int) -> int:
    faces = _opened(source).isel(face=slice(start, start + block)).load()
    values = function(faces).reset_coords(drop=True)
    values = values.drop_vars(values.indexes)  # coordinates were written when the store was made
    values.to_zarr(growing, region={"face": slice(start, start + faces.sizes["face"])}, consolidated=False)
    zarr.open_group(growing, mode="r+")[DONE][start // block] = True
    return start


def _finish(growing: Path, target: Path) -> None:
    group = zarr.open_group(growing, mode="r+")
    del group[DONE]
    del group.attrs["key"]
    store.remove(target)
    growing.rename(target)
