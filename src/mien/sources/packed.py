"""FER2013's training and validation faces as one small file, to travel to a machine with a GPU.

The JPEG files share one header, 600 bytes of some 1,700: it is written once, the rest of each behind the other.
"""

import zipfile
from pathlib import Path

import numpy as np
import xarray as xr

from mien.faces import pictures
from mien.faces.table import as_faces
from mien.vocabulary import labels

SPLITS = ("train", "validation")
"""The test faces stay at home: nothing on the other machine can look at them."""


def pack(archive: Path, faces: xr.Dataset, path: Path) -> None:
    """Write the faces of `SPLITS` with their labels and groups.

    Args:
        archive: a zip of FER2013's JPEG files.
        faces: as notebook 10 makes them of that archive; `id` is the stem of a file's name.
        path: of the `.npz`.
    """
    with zipfile.ZipFile(archive) as file:
        content = {Path(name).parts[-2:]: file.read(name) for name in file.namelist() if name.endswith(".jpg")}
    rows = np.flatnonzero(np.isin(faces["split"].values.astype(object), SPLITS))
    places = zip(faces["emotion"].values[rows], faces["id"].values[rows], strict=True)
    blobs = [content[labels.EMOTIONS[emotion], f"{name}.jpg"] for emotion, name in places]  # two names stand twice
    header = _common(min(blobs), max(blobs))
    rests = [blob[len(header) :] for blob in blobs]
    np.savez(
        path, header=np.frombuffer(header, np.uint8), rests=np.frombuffer(b"".join(rests), np.uint8),
        ends=np.cumsum([len(rest) for rest in rests]).astype(np.int32),
        emotion=faces["emotion"].values[rows], group=faces["group"].values[rows],
        split=(faces["split"].values[rows].astype(object) == "validation"),
    )  # fmt: skip


def _common(first: bytes, last: bytes) -> bytes:
    """How both begin, and so all between them."""
    return first[: next((i for i, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))]


def unpack(path: Path) -> xr.Dataset:
    """The faces of a packed file; their `id` is the number of the row in it.

    Raises:
        ValueError: it is none, or not whole.
    """
    try:
        with np.load(path) as file:
            header, rests, ends = file["header"].tobytes(), file["rests"].tobytes(), file["ends"]
            emotion, group, split = file["emotion"], file["group"], file["split"]
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no file of packed faces, or not whole ({error}): pack them again") from error
    begins = [0, *ends[:-1]]
    blobs = [header + rests[begin:end] for begin, end in zip(begins, ends, strict=True)]
    image = np.stack([pictures.decode_gray(blob, f"{path}, face {i}") for i, blob in enumerate(blobs)])
    names = [SPLITS[int(later)] for later in split]
    faces = as_faces(image, emotion, names, [str(i) for i in range(len(image))], "fer2013")
    return faces.assign_coords(group=("face", group))
