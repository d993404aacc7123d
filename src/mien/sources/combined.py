"""FER2013 and CK+ as one data set: pictures cropped alike, one vocabulary."""

from pathlib import Path

import xarray as xr

from mien.faces.combine import combine
from mien.sources import ckplus, fer2013


def read(path: Path, code_map: str = "", skip: float = 0.4) -> xr.Dataset:
    """Read both, CK+'s faces cropped to the size of FER2013's and framed as these are.

    Args:
        path: the folder of `fer2013/` and `ckplus/`.
        code_map: see `fer2013.read`.
        skip: share, below 1, see `ckplus.read`; 0: none.

    Returns:
        The faces of FER2013, which keep their split, then those of CK+, which have none yet.

    Raises:
        FileNotFoundError: one of the two is not there.
        ValueError: something cannot be read; names the file.
    """
    fer = fer2013.read(path / "fer2013", code_map)
    return combine(fer, ckplus.read(path / "ckplus", skip, fer.sizes["x"]))
