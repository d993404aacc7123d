"""Pictures of which Pillow reads fewer bits than they have, or nothing: TIFF and PNG beyond 8 bits a channel."""

import logging
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from mien.faces.levels import eight_bits, with_alpha

if TYPE_CHECKING:
    import tifffile

TIFF = b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"
"""How files begin; the last two are BigTIFF's, of which Pillow reads the first alone."""

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = range(3)
"""What a file may say of its levels (TIFF 6.0, Adobe, 1992: `PhotometricInterpretation`) that is read here."""

PLAIN = 1, 8, 32773, 32946
"""Compressions that tifffile undoes by itself: none, Deflate (two numbers) and PackBits; of others OpenCV does some."""

ORIENTATION, PREMULTIPLIED = 274, 1

PNG_HEAD = 26
"""So many bytes of a PNG file say its bits a channel (the 25th) and its type of colours (the 26th)."""

PNG_COLOURS = 2, 4, 6
"""Types of PNG that Pillow reads with 8 bits at most (ISO/IEC 15948, 11.2.2): RGB, gray with alpha, RGB with alpha."""


def tiff(source: Path | BytesIO) -> tuple[np.ndarray, int | None, str] | None:
    """The first picture of a TIFF file that is gray or RGB and not of 8 bits, or that Pillow does not know.

    Returns:
        Its pixels as `decoding.decoded` gives them, but not turned; how they are to be turned (`Orientation`, 274);
        and its format where there are more pages. None where it is of another kind.

    Raises:
        ValueError: it is damaged.
        Image.DecompressionBombError: it has more pixels than Pillow allows.
    """
    import tifffile  # here, as OpenCV below: who reads none need not wait for it

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # the error says it, once
    if not _is_deep(source):
        return None
    with tifffile.TiffFile(_file(source)) as file:
        page = file.pages[0]
        if page.imagewidth * page.imagelength > 2 * Image.MAX_IMAGE_PIXELS:
            raise Image.DecompressionBombError
        levels, turn = _levels(page, source)
        if levels is None:
            return None
        return _pixels(levels, page), turn, "TIFF" if len(file.pages) > 1 else ""


def is_png(head: bytes) -> bool:
    """Whether a PNG file, of which these are the first `PNG_HEAD` bytes, has colours or alpha of 16 bits a channel."""
    return head[24] == 16 and head[25] in PNG_COLOURS


def png(content: bytes) -> np.ndarray:
    """(y, x, channel) uint8 RGB, or RGB and alpha, of such a PNG file."""
    return with_alpha(_rgb(_by_opencv(np.frombuffer(content, np.uint8))))


def _is_deep(source: Path | BytesIO) -> bool:
    import tifffile

    try:
        with tifffile.TiffFile(_file(source)) as file:
            page, unknown = file.pages[0], file.is_bigtiff and file.byteorder == ">"
            known = page.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB) and page.axes in ("YX", "YXS", "SYX")
            whole = page.dtype.kind in "iuf" and page.bitspersample == 8 * page.dtype.itemsize
            return known and whole and (unknown or page.dtype != np.uint8)
    except Exception:  # of a damaged file tifffile raises nearly everything; Pillow says what it is
        return False


def _file(source: Path | BytesIO) -> Path | BytesIO:
    return source if isinstance(source, Path) else BytesIO(source.getvalue())  # tifffile reads on where another was


def _levels(page: "tifffile.TiffPage", source: Path | BytesIO) -> tuple[np.ndarray | None, int | None]:
    """(y, x) or (y, x, channel) as they are, and how they are to be turned; None where no one decompresses them."""
    if page.compression in PLAIN and page.predictor < 3:
        levels = page.asarray()
        return np.moveaxis(levels, 0, -1) if page.axes == "SYX" else levels, page.tags.valueof(ORIENTATION)
    levels = None if page.axes == "SYX" else _by_opencv(_content(source))  # it mixes channels that lie apart
    if levels is None or levels.dtype != page.dtype:
        return None, None
    return levels if levels.ndim == 2 else _rgb(levels), None  # OpenCV turns it


def _content(source: Path | BytesIO) -> np.ndarray:
    return np.frombuffer(source.getvalue() if isinstance(source, BytesIO) else source.read_bytes(), np.uint8)


def _by_opencv(content: np.ndarray) -> np.ndarray | None:
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # the error says it, once
    return cv2.imdecode(content, cv2.IMREAD_UNCHANGED)


def _rgb(levels: np.ndarray) -> np.ndarray:
    """OpenCV's blue, green, red and alpha in the order of everyone else."""
    return levels[..., ::-1] if levels.shape[2] == 3 else levels[..., [2, 1, 0, 3]]


def _pixels(levels: np.ndarray, page: "tifffile.TiffPage") -> np.ndarray:
    white_is_zero = page.photometric == WHITE_IS_ZERO
    if levels.ndim == 2:
        levels = levels if levels.dtype == np.uint16 and not white_is_zero else eight_bits(levels)
        return 255 - levels if white_is_zero else levels
    pixels = with_alpha(levels[..., : {2: 2, 4: 4}.get(levels.shape[2], 3)])
    if pixels.shape[2] == 4 and PREMULTIPLIED in page.extrasamples:
        size = pixels.shape[1::-1]
        return np.asarray(Image.frombuffer("RGBa", size, np.ascontiguousarray(pixels)).convert("RGBA"))
    return pixels
