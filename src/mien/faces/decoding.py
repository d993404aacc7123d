"""The one decoder: from the content of a picture's file to pixels, whatever its name says."""

import re
import struct
import warnings
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from mien.faces import deep
from mien.faces.levels import eight_bits

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's `Orientation` (tag 0x0112) -> what makes a picture upright."""

RAW = tuple(
    ".3fr .ari .arw .bay .cap .cr2 .cr3 .crw .dcr .dcs .dng .drf .eip .erf .fff .gpr .iiq .k25 .kdc .mdc .mef .mos "
    ".mrw .nef .nrw .orf .pef .ptx .pxn .r3d .raf .raw .rw2 .rwl .rwz .sr2 .srf .srw .x3f".split()
)
"""Of cameras' raw files: most begin as TIFF does, with a thumbnail, which would be taken for the picture."""

SEVERAL = {
    **dict.fromkeys(("AVIF", "GIF", "PNG", "WEBP"), "moves: only its first frame"),
    "TIFF": "has several pages: only the first",
}
"""Formats whose files may hold several pictures that people know of, and what is said then."""

PNG, PNG_END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
"""How a file begins, and the chunk that it ends with."""

JPEG, JPEG_BEGIN, JPEG_END = ("JPEG", "MPO"), b"\xff\xd8\xff", b"\xff\xd9"
"""What Pillow calls it, alone or followed by further pictures, and how one begins and ends."""

JPEG_REMARKS, ADOBE = range(0xE0, 0xF0), (0xEE, 14)
"""Markers of segments that stand beside a JPEG's pixels, and the one of them that says what colours are, whole."""

CODED, NOUGHTS = ("AVIF", "HEIF", "JPEG2000", "WEBP"), bytes(1024)
"""Further formats whose pixels are coded, so that none ends in as many noughts."""

GREY = {127, 128}
"""What libjpeg makes of pixels that are missing (`jdhuff.c`), in print colours and in others."""

SAMPLE_FORMAT, UNSIGNED_WHOLE, SIGNED = 339, 1, 2
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0
"""Tags of TIFF 6.0 (Adobe, 1992) and what they may say of grey levels."""

UNSIGNED = ("BUFR", "EPS", "GRIB", "HDF5", "IM", "IPTC", "MCIDAS", "MPEG", "SPIDER", "TGA", "WMF")
"""Formats of Pillow's that other files are taken for, or that have no pixels."""

HEIC = rb"....ftyp(hei|hev|mif|msf)"

SIGNS = {
    rb"\Z": "it is empty",
    rb"\s*<(!doctype\s+)?html": "it is a web page",
    rb"\s*<(\?xml|svg)": "it is a drawing: save it as PNG",
    rb"version https://git-lfs": "it stands for a file in Git LFS: `git lfs pull` fetches that",
    HEIC: "it is HEIC, and damaged",
    rb"....ftypavi[fs]": "it is AVIF, and damaged",
    rb"....ftyp": "it is a video: see `mien video`",
    rb"II[*+]\0|MM\0[*+]": "it is TIFF, and damaged or of a kind that is not known: save it as PNG",
    rb"\xff\xd8\xff\xf7": "it is JPEG-LS: save it as JPEG or PNG",
    rb"\xff\xd8\xff": "it is JPEG, and damaged or of a kind that is not known: save it as PNG",
    rb"II\xbc\x01": "it is JPEG XR: save it as JPEG or PNG",
    rb"P7\s": "it is PAM: save it as JPEG or PNG",
    rb"8BPS": "it is a drawing of Photoshop's large kind, or damaged: save it as PNG",
    rb"%!PS|\xc5\xd0\xd3\xc6": "it is PostScript, and damaged: save it as PNG",
    rb"#\?(RADIANCE|RGBE)": "it is Radiance's HDR: save it as JPEG or PNG",
    rb"v/1\x01": "it is OpenEXR: save it as JPEG or PNG",
    rb"\xff\x0a|....JXL ": "it is JPEG XL: save it as JPEG or PNG",
}
"""How a file begins -> why it is not read, where Pillow does not know it."""


def is_picture(path: Path) -> bool:
    """Whether a file's content begins as that of a picture does."""
    return _format(path) not in ("", *UNSIGNED)


def is_raw(path: Path) -> bool:
    """Whether a file has the name of a camera's raw file, and not the content of another picture."""
    return path.suffix.lower() in RAW and _format(path) in ("", "TIFF", *UNSIGNED)


def _format(path: Path) -> str:
    try:
        with warnings.catch_warnings(action="ignore"), _known(path) as picture:
            return picture.format
    except Exception:  # see `decoded`
        return ""


def decoded(source: Path | BytesIO, name: str) -> np.ndarray:
    """The pixels of a picture, turned upright.

    Broken metadata, such as EXIF, are passed over: a picture of which the pixels are whole is read.

    Args:
        source: a file, or what it holds.
        name: what messages call it.

    Returns:
        (y, x) uint8 or, of 16 bits, uint16 of a gray picture; (y, x, channel) uint8 of others: with alpha where they
        have it, a palette and print colours as RGB. Of a file with several pictures the first, with a warning.

    Raises:
        ValueError: names the file and says why it is not read.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # Pillow's, of metadata and size
            read = deep.tiff(source) if _content(source, 4) in deep.TIFF else None
            pixels, turn, several = read or _by_pillow(source)
            pixels = _upright(pixels, turn)
    except Exception as error:  # of a damaged file Pillow's readers raise nearly everything
        raise ValueError(f"{name} is not a picture that can be read ({_reason(source, error)})") from error
    if several:
        warnings.warn(f"{name} {SEVERAL[several]} is looked at", stacklevel=4)
    return pixels


def _by_pillow(source: Path | BytesIO) -> tuple[np.ndarray, int | None, str]:
    """The pixels of a picture, how they are to be turned, and its format where it has several pictures."""
    with _opened(source) as picture:
        several = picture.format if getattr(picture, "n_frames", 1) > 1 and picture.format in SEVERAL else ""
        is_deep = picture.format == "PNG" and deep.is_png(_content(source, deep.PNG_HEAD))
        pixels = deep.png(_bare(_content(source))) if is_deep else pixels_of(picture)
        return pixels, _orientation(picture), several


def _opened(source: Path | BytesIO) -> Image.Image:
    """A picture with its pixels; of a PNG or JPEG file that fails, without what stands beside them."""
    try:
        return _loaded(source)
    except (OSError, SyntaxError, ValueError, struct.error):
        content = _content(source)
        for begin, bare in ((PNG, _bare), (JPEG_BEGIN, _bare_jpeg)):
            if content.startswith(begin):
                return _loaded(BytesIO(bare(content)))
        raise


def _known(source: Path | BytesIO) -> Image.Image:
    """A picture, of which no pixels are read yet; HEIC is known, too."""
    try:
        return Image.open(source)
    except UnidentifiedImageError:
        if not re.match(HEIC, _content(source, 64), re.DOTALL):
            raise
        import pi_heif  # here, as OpenCV in `deep`: who trains on another machine needs none

        pi_heif.register_heif_opener()
        return Image.open(source if isinstance(source, Path) else BytesIO(source.getvalue()))


def _loaded(source: Path | BytesIO) -> Image.Image:
    if _content(source, len(PNG)) == PNG:
        with Image.open(source) as picture:
            picture.verify()  # its check sums, which Pillow passes over where it reads pixels
    picture = _known(source)
    try:
        _check_end(picture, source)
        picture.load()
        _check_grey(picture, source)
    except BaseException:
        picture.close()
        raise
    return picture


def _check_end(picture: Image.Image, source: Path | BytesIO) -> None:
    """Refuse a file that was cut off and filled up with noughts, which read as pixels."""
    if picture.format not in (*JPEG, *CODED):
        return
    content, scan = _content(source), picture.fp.tell() if picture.format in JPEG else 0
    if picture.format == "WEBP":
        content = content[: 8 + int.from_bytes(content[4:8], "little")]  # what follows is none of it
    # of a JPEG Pillow has read up to its pixels, past thumbnails and their ends
    if content.endswith(b"\0\0") and JPEG_END not in content[scan:] if scan else content.endswith(NOUGHTS):
        raise OSError("it breaks off: the rest is noughts")


def _check_grey(picture: Image.Image, source: Path | BytesIO) -> None:
    """Refuse a JPEG file that was cut off and closed again: libjpeg makes the rest grey, and FFmpeg says what is so."""
    if picture.format not in JPEG or {*np.ravel(picture.getpixel((picture.width - 1, picture.height - 1)))} - GREY:
        return
    import av  # here: few pictures end in this grey

    decoder = av.CodecContext.create("mjpeg", "r")
    decoder.options = {"err_detect": "explode"}
    try:
        decoder.decode(av.Packet(_content(source)))
    except av.error.InvalidDataError:
        raise OSError("it breaks off: the rest is grey") from None
    except av.error.FFmpegError:  # it knows fewer kinds than libjpeg does
        return


def _bare(content: bytes) -> bytes:
    """A PNG file without its ancillary chunks, whose names begin with a small letter (ISO/IEC 15948, 5.4)."""
    bare, start = [PNG], len(PNG)
    while (name := content[start + 4 : start + 8]).isalpha() and name != b"IEND":
        end = start + 12 + int.from_bytes(content[start : start + 4])  # length, name, body, check sum
        bare += [content[start:end]] if name[:1].isupper() else []
        start = end
    return b"".join([*bare, PNG_END])


def _bare_jpeg(content: bytes) -> bytes:
    """A JPEG file without the segments of applications, but for EXIF's turn, and Adobe's where it is whole."""
    bare, start = [content[:2]], 2
    while content[start : start + 1] == b"\xff" and content[start + 1] != 0xDA:  # where the pixels begin
        marker, length = content[start + 1], int.from_bytes(content[start + 2 : start + 4])
        whole_adobe = marker == ADOBE[0] and length >= ADOBE[1]
        if marker not in JPEG_REMARKS or marker == 0xE1 or whole_adobe:
            bare.append(content[start : start + 2 + length])
        start += 2 + length
    return b"".join([*bare, content[start:]])


def _upright(pixels: np.ndarray, orientation: int | None) -> np.ndarray:
    turn = TURNS.get(orientation)
    return pixels if turn is None else np.asarray(Image.fromarray(pixels).transpose(turn))


def _orientation(picture: Image.Image) -> int | None:
    """What EXIF says of it, whatever else is broken there."""
    try:
        said = picture.getexif().get(0x0112)
    except Exception:  # see `decoded`
        return None
    said = said[0] if isinstance(said, tuple) and said else said
    return said if isinstance(said, int) else None


def pixels_of(picture: Image.Image) -> np.ndarray:
    """The pixels of a picture of any mode, as `decoded` gives them."""
    tags = getattr(picture, "tag_v2", {})  # TIFF's, of which Pillow heeds some
    kind = np.ravel(tags.get(SAMPLE_FORMAT, 1))[0]
    if picture.mode in ("L", "RGB") and kind == SIGNED:
        return eight_bits(np.asarray(picture).view(np.int8))
    if picture.mode == "I" and tags and kind == UNSIGNED_WHOLE:
        return _from_black(np.asarray(picture).view(np.uint32), tags)
    if picture.mode in ("I", "F"):
        return _from_black(np.asarray(picture), tags)
    if picture.mode.startswith("I;16"):
        levels = np.asarray(picture).astype(np.uint16)  # of the machine's byte order
        return _from_black(levels, tags) if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO else levels
    if picture.mode == "La":  # stored times alpha; Pillow knows no shorter way
        picture = picture.convert("LA")
    if picture.mode not in ("L", "LA", "RGB", "RGBA"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    return np.asarray(picture)


def _from_black(levels: np.ndarray, tags: Mapping[int, object]) -> np.ndarray:
    """Grey levels in 8 bits, 0 for black: TIFF may have 0 for white."""
    return 255 - eight_bits(levels) if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO else eight_bits(levels)


def _reason(source: Path | BytesIO, error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than {2 * Image.MAX_IMAGE_PIXELS / 1e6:.0f} million pixels: shrink it"
    if not isinstance(error, UnidentifiedImageError):
        return " ".join(f"{type(error).__name__}: {error}".split())
    begin = _content(source, 64)
    known = (words for sign, words in SIGNS.items() if re.match(sign, begin, re.DOTALL | re.IGNORECASE))
    return next(known, "it is of no kind that is known")


def _content(source: Path | BytesIO, most: int = -1) -> bytes:
    if isinstance(source, BytesIO):
        return source.getvalue()[: most if most >= 0 else None]
    with source.open("rb") as file:
        return file.read(most)
