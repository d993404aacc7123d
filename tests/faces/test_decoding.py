"""What is on a picture is decided by its pixels, not by its name or by what stands beside them."""

import base64
import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import io

from mien.faces import decoding, pictures

UPRIGHT = np.array([[10, 200, 30], [90, 50, 160]], np.uint8)

HEIC = """
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERA
AAEAAQAAAAABoAABAAAAAAAAAGkAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAAAADcaXBjbwAA
AHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq
rprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAGAAAAAEAAAAQ
AAAAAf///9gAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAcW1kYXQAAABlKAGvEyGsfGj47NEf99tm
ed5RmN8FdPGcMyvO+KZh8JMiUXnQELvm/SFG44SFADYcP2dabJrO4HlxxRG981YEu4AGshMHrP++i3ACPvoPOSkAdH8MINLCWziHT6h2JvFPJvGRE1w=
"""
"""24 pixels by 16: left red, right blue, darker above; the decoder that is a dependency writes none."""


def png(*chunks: tuple[bytes, bytes, bool]) -> bytes:
    """A PNG file of `UPRIGHT` with chunks (name, body, whether the check sum is right) behind the header."""
    content = BytesIO()
    Image.fromarray(UPRIGHT).save(content, "PNG")
    head, rest = content.getvalue()[:33], content.getvalue()[33:]
    made = (
        struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b) ^ (not well)) for n, b, well in chunks
    )
    return head + b"".join(made) + rest


def jpeg(exif: bytes, pixels: np.ndarray) -> bytes:
    content = BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=95)
    body = b"Exif\0\0" + exif
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body + content.getvalue()[2:]


def ifd(*entries: tuple[int, int, int, bytes]) -> bytes:
    """EXIF of entries (tag, type, count, value), in Intel's order."""
    said = b"".join(struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + said + b"\0\0\0\0"


def test_a_picture_of_an_iphone_is_read_whatever_its_name(tmp_path):
    for name in ("IMG_1.HEIC", "IMG_1.jpg", "noname"):
        (tmp_path / name).write_bytes(base64.b64decode(HEIC))
        seen = pictures.read_rgb(tmp_path / name)
        assert seen.shape == (16, 24, 3)
        assert seen[12, 4].argmax() == 0 and seen[12, 20].argmax() == 2  # noqa: PT018
        assert seen[2].max() < seen[12].max()


@pytest.mark.parametrize("kind", ["avif", "tiff", "jpeg2000", "mpo", "dib", "tga", "ppm", "qoi", "ico", "pcx"])
def test_what_pillow_reads_is_read(kind, tmp_path):
    pixels = np.kron(UPRIGHT, np.ones((20, 20), np.uint8))[..., None].repeat(3, 2)
    suffix = ".tga" if kind == "tga" else ".anything"  # TGA has no sign of its own
    Image.fromarray(pixels).save(tmp_path / f"a{suffix}", kind, **({"sizes": [(60, 40)]} if kind == "ico" else {}))
    assert pictures.is_one(tmp_path / f"a{suffix}")
    seen = pictures.read_rgb(tmp_path / f"a{suffix}")
    assert seen.shape == pixels.shape
    assert np.abs(seen.astype(int) - pixels)[10::20, 10::20].max() < 8


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        (UPRIGHT.astype(np.uint16) * 257, "png"),
        (UPRIGHT.astype(np.uint16) * 257, "tiff"),
        (UPRIGHT.astype(">u2") * 257, "tiff"),
        (np.round(UPRIGHT / 255 * 4095).astype(np.uint16), "png"),
        (UPRIGHT.astype(np.uint16), "png"),
        (UPRIGHT.astype(np.int32) * 257, "tiff"),
        (np.float32(UPRIGHT / 255), "tiff"),
        (np.float32(UPRIGHT), "tiff"),
    ],
    ids=["16 bits", "16 bits", "Motorola's order", "12 bits", "8 in 16", "32 bits", "fractions", "8 bits as floats"],
)
def test_grey_levels_of_every_depth_become_eight_bits(levels, kind, tmp_path):
    Image.fromarray(levels).save(tmp_path / "a", kind)
    seen = pictures.read_gray(tmp_path / "a")
    assert seen.dtype == np.uint8
    np.testing.assert_array_equal(seen, UPRIGHT)


@pytest.mark.parametrize("channels", [1, 3])
def test_floats_that_pillow_does_not_know_are_read_from_tiff(channels, tmp_path):
    gray = np.kron(UPRIGHT, np.ones((4, 4), np.uint8))
    io.imsave(tmp_path / "a.tif", np.squeeze(np.dstack([gray / 255] * channels)), check_contrast=False)
    np.testing.assert_array_equal(pictures.read_gray(tmp_path / "a.tif"), gray)


def test_levels_beyond_any_white_are_spread_between_the_lowest_and_the_highest():
    np.testing.assert_array_equal(decoding.eight_bits(np.array([[-1.0, 0.0, 1.0]])), [[0, 128, 255]])
    np.testing.assert_array_equal(decoding.eight_bits(np.array([0, 100_000, 200_000])), [0, 128, 255])
    np.testing.assert_array_equal(decoding.eight_bits(np.array([np.nan, 0.0, 1.0])), [0, 0, 255])


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"\x99" * 40,
        ifd((0x112, 3, 1, b"\x09\0\0\0")),
        ifd((0x112, 2, 2, b"6\0\0\0")),
        ifd((0x112, 3, 1, b"\x01\0\0\0"))[:15],
        ifd((0x112, 3, 1, b"\x01\0\0\0"), (0x10F, 2, 500, b"\xff\xff\0\0"), (0x8769, 4, 1, b"\xff\xff\xff\0")),
    ],
    ids=["empty", "noise", "no such turn", "text", "cut off", "beyond the end"],
)
def test_broken_exif_loses_no_picture(exif, tmp_path):
    pixels = np.kron(UPRIGHT, np.ones((16, 16), np.uint8))
    (tmp_path / "a.jpg").write_bytes(jpeg(exif, pixels))
    assert np.abs(pictures.read_gray(tmp_path / "a.jpg").astype(int) - pixels).max() < 20


def test_a_turn_counts_whatever_else_is_broken(tmp_path):
    pixels = np.kron(UPRIGHT, np.ones((16, 16), np.uint8))
    turned = ifd((0x112, 3, 1, b"\x06\0\0\0"), (0x927C, 99, 7, b"\1\2\3\4"), (0x8825, 4, 1, b"\x08\0\0\0"))
    (tmp_path / "a.jpg").write_bytes(jpeg(turned, np.rot90(pixels)))
    assert np.abs(pictures.read_gray(tmp_path / "a.jpg").astype(int) - pixels).max() < 20


@pytest.mark.parametrize(
    "chunk",
    [
        (b"tEXt", b"a\0b", False),
        (b"eXIf", b"\x99" * 10, True),
        (b"iCCP", b"", True),
        (b"pHYs", b"ab", True),
        (b"zTXt", b"a\0\0" + zlib.compress(b"x" * 9_000_000), True),
    ],
    ids=["wrong sum", "exif", "profile", "resolution", "too long a text"],
)
def test_what_stands_beside_the_pixels_of_a_png_loses_none(chunk, tmp_path):
    (tmp_path / "a.png").write_bytes(png(chunk))
    np.testing.assert_array_equal(pictures.read_gray(tmp_path / "a.png"), UPRIGHT)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jpg", b"", "it is empty"),
        ("a.jpg", b"<!DOCTYPE html><html>", "it is a web page"),
        ("a.png", b"version https://git-lfs.github.com/spec/v1\n", "`git lfs pull` fetches that"),
        ("a.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64, "it is HEIC, and damaged"),
        ("a.jpg", b"\0\0\0\x18ftypmp42", "it is a video"),
        ("a.jxl", b"\xff\x0a\0\0", "it is JPEG XL: save it as JPEG or PNG"),
        ("a.CR2", b"II*\0\x10\0\0\0CR\2\0", "a.CR2 is a camera's raw file: save it as JPEG or PNG"),
        ("a.txt", b"Dear diary", "a.txt is not a picture"),
    ],
)
def test_why_a_file_is_not_read_is_said_in_words(name, content, said, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError) as error:
        pictures.read_rgb(tmp_path / name)
    assert said in str(error.value)


def test_of_pages_the_first_is_read_and_that_is_said_but_not_of_what_a_phone_adds(tmp_path):
    first, second = Image.fromarray(UPRIGHT), Image.fromarray(255 - UPRIGHT)
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    with pytest.warns(UserWarning, match=r"a\.tif has several pages: only the first is looked at"):
        np.testing.assert_array_equal(pictures.read_gray(tmp_path / "a.tif"), UPRIGHT)
    first.convert("RGB").save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second.convert("RGB")])
    with warnings.catch_warnings(action="error"):
        pictures.read_gray(Path(tmp_path / "a.jpg"))
