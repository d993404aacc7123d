"""What people hold as a picture, brought to what the predictor looks at."""

from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mien.faces import decoding, pictures

CHANNELS = 4
"""A last axis of up to so many is that of channels."""

OVERSHOOT = 0.25
"""By so much of white, at most, do levels pass black and white where a picture was resized by cubic curves."""

SHOWN = 99
"""So many characters of a text are shown: a row of FER2013 has thousands."""

WANTED = (
    "expected uint8, a picture (height, width) or (height, width, channel) of 1 to 4 channels, RGB before alpha, or "
    "gray faces (face, size, size)"
)


def checked(given: Any) -> np.ndarray:
    """A picture, or pictures of one face each, as a contiguous array.

    Args:
        given: an array of uint8 in any layout, or what numpy makes one of: (height, width) gray; (height, width,
            channel) gray, gray and alpha, RGB, or RGB and alpha, which is left out; (face, size, size) gray. Of torch's
            tensors the channels come first, as torchvision has them. Or a picture of Pillow's, of any mode, as stored.
            Of numpy's masked arrays those that mask nothing; of lists of Pillow's pictures those of gray faces.

    Returns:
        uint8 (height, width) or (height, width, 3) of a picture, (face, size, size) of faces.

    Raises:
        ValueError: says what came, what is wanted and, where that is plain, how to get from one to the other.
    """
    if isinstance(given, Image.Image):
        return _pixels(given)
    array = _array(given)
    if array.dtype != np.uint8:
        raise _refused(array, _in_eight_bits(array))
    if array.ndim not in (2, 3):
        raise _refused(array, "one picture after the other" if array.ndim == 4 else "")
    if are_faces(array):
        if array.shape[1] != array.shape[2] or not array.shape[1]:
            raise _refused(array, "np.moveaxis(it, 0, -1) if its channels come first" if len(array) <= CHANNELS else "")
        return np.ascontiguousarray(array)
    if not array.size:
        raise _refused(array, "one that has pixels")
    if array.ndim == 3:
        array = array[..., 0] if array.shape[-1] < 3 else array[..., :3]
    return np.ascontiguousarray(array)


def picture(given: Any) -> np.ndarray:
    """As `checked`, of a picture alone: faces are refused."""
    array = checked(given)
    if are_faces(array):
        raise _refused(array, "one picture after the other")
    return array


def faces(given: Any, size: int) -> np.ndarray:
    """As `checked`, of gray faces of one size alone: (face, size, size) uint8."""
    array = checked(given)
    if not are_faces(array) or array.shape[1] != size:
        raise _refused(array, f"gray faces (face, {size}, {size})")
    return array


def are_faces(array: np.ndarray) -> bool:
    """Whether an array is that of gray faces (face, y, x), and not a picture."""
    return array.ndim == 3 and array.shape[-1] > CHANNELS


def _pixels(given: Image.Image) -> np.ndarray:
    if not all(given.size):
        raise ValueError(f"a picture of {given.width}x{given.height}: {WANTED}; give one that has pixels")
    try:
        return pictures.rgb(decoding.pixels_of(given))
    except Exception as error:  # one that is read only now may be damaged: see `decoding.decoded`
        raise ValueError(f"a picture of Pillow's that cannot be read ({error}): {WANTED}; give another") from error


def _array(given: Any) -> np.ndarray:
    if given is None or isinstance(given, str | Path):
        text = repr(given)
        text = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
        raise ValueError(f"{text}: {WANTED}; give {_instead_of(given)}")
    if np.ma.is_masked(given):
        raise ValueError(
            f"an array of which {np.ma.count_masked(given):,} values are masked: {WANTED}; give it.filled(…)"
        )
    try:
        if isinstance(given, list | tuple):  # numpy would take numbers of a palette for levels
            given = [decoding.pixels_of(one) if isinstance(one, Image.Image) else one for one in given]
        array = np.asarray(given)
    except Exception as error:  # rows of unequal length, a tensor on a GPU, whatever an object's own way to one raises
        raise ValueError(f"numpy makes no array of this {type(given).__name__} ({error}): {WANTED}") from None
    is_tensor = any(kind.__module__.partition(".")[0] == "torch" for kind in type(given).__mro__)  # torchvision's too
    return np.moveaxis(array, 0, -1) if is_tensor and array.ndim == 3 and len(array) <= CHANNELS else array


def _instead_of(given: str | Path | None) -> str:
    if not given:
        return "a file that cv2.imread can read"
    if isinstance(given, str) and (levels := given.split()) and all(level.isdecimal() for level in levels):
        side = isqrt(len(levels))  # a row of FER2013
        return f"np.array(it.split(), np.uint8).reshape(1, {side}, {side})"
    return "pictures.read_rgb(Path(…)), of mien.faces"


def _refused(array: np.ndarray, instead: str) -> ValueError:
    give = f"; give {instead}" if instead else ""
    return ValueError(f"an array of {array.dtype} and shape {array.shape}: {WANTED}{give}")


def _in_eight_bits(array: np.ndarray) -> str:
    """How to make grey levels of 8 bits, where it is plain what is meant: a float does not say what is white."""
    if array.dtype == bool:
        return "255 * np.uint8(it)"
    if array.dtype.kind not in "iuf" or not array.size or not np.isfinite(array).all():
        return ""
    low, high = array.min(), array.max()
    for white in (1, 255)[array.dtype.kind != "f" :]:
        passed = OVERSHOOT * white if array.dtype.kind == "f" else 0
        if -passed <= low and high <= white + passed:
            within = "it" if low >= 0 and high <= white else f"it.clip(0, {white})"
            scaled = within if white == 255 else f"255 * {within}"
            return f"np.uint8(np.rint({scaled})), of levels from 0 to {white}"
    return "np.uint8(it >> 8), of 16 bits" if array.dtype == np.uint16 else ""
