"""What is on a picture is decided by its pixels, not by its name or by what stands beside them."""

import base64
import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from skimage import io

from mien.faces import pictures

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


def tiff(levels: np.ndarray, photometric: int, sample_format: int) -> bytes:
    """A TIFF file (Adobe, 1992) of grey levels as they are, of one strip."""
    (height, width), data = levels.shape, levels.tobytes()
    entries = [
        (256, width), (257, height), (258, 8 * levels.itemsize), (259, 1), (262, photometric), (273, 8), (277, 1),
        (278, height), (279, len(data)), (339, sample_format),
    ]  # fmt: skip
    said = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(entries)) + said + bytes(4)


@pytest.mark.parametrize(
    ("levels", "sample_format"),
    [
        (65535 - UPRIGHT.astype("<u2") * 257, 1),
        (np.float32(1 - UPRIGHT / 255), 3),
        (1 - UPRIGHT / 255, 3),
        (255 - UPRIGHT, 1),
    ],
    ids=["16 bits", "floats", "floats of 64 bits", "8 bits"],
)
def test_where_nought_is_white_a_picture_is_no_negative(levels, sample_format, tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff(levels, 0, sample_format))
    np.testing.assert_array_equal(pictures.read_gray(tmp_path / "a.tif"), UPRIGHT)


@pytest.mark.parametrize(
    ("levels", "sample_format"),
    [
        ((UPRIGHT.astype(int) - 128).astype(np.int8), 2),
        (UPRIGHT.astype(np.uint32) * 2**24, 1),
        (UPRIGHT.astype(np.uint64) * 2**40, 1),
        (UPRIGHT.astype(np.int16) - 128, 2),
    ],
    ids=["8 bits with a sign", "32 bits", "64 bits", "16 bits with a sign"],
)
def test_levels_of_any_width_and_sign_keep_their_order(levels, sample_format, tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff(levels, 1, sample_format))
    spread = np.rint(255 * (UPRIGHT - 10.0) / 190)  # from the lowest, 10, to the highest, 200
    np.testing.assert_array_equal(pictures.read_gray(tmp_path / "a.tif"), spread)


def test_of_numbers_that_nobody_reads_there_is_one_reason_and_no_line_of_a_library(tmp_path, capfd):
    (tmp_path / "a.tif").write_bytes(tiff(np.complex64(UPRIGHT), 1, 6))
    with pytest.raises(ValueError, match="it is TIFF, and damaged or of a kind that is not known: save it as PNG"):
        pictures.read_gray(tmp_path / "a.tif")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "I;16"])
def test_a_picture_is_turned_as_pillow_turns_it(turn, mode, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = turn
    levels = UPRIGHT.astype(np.uint16) * 257 if mode == "I;16" else np.dstack([UPRIGHT, UPRIGHT // 2, 255 - UPRIGHT])
    Image.fromarray(levels).save(tmp_path / "a.png", exif=exif)
    turned = ImageOps.exif_transpose(Image.open(tmp_path / "a.png"))
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.png"), np.asarray(turned))


@pytest.mark.parametrize("name", ["scan.dng", "shot.RAW", "movie.mp4"])
def test_content_says_more_than_a_name(name, tmp_path):
    Image.fromarray(np.kron(UPRIGHT, np.ones((16, 16), np.uint8))).save(tmp_path / name, "JPEG")
    assert pictures.is_one(tmp_path / name)
    assert pictures.read_rgb(tmp_path / name).shape == (32, 48, 3)


@pytest.mark.parametrize("suffix", [".nef", ".DNG", ".kdc", ".dcr", ".mos", ".iiq", ".gpr", ".crw", ".rwl", ".raw"])
def test_a_raw_file_is_named_as_one_and_its_thumbnail_is_not_taken_for_it(suffix, tmp_path):
    for name, content in (("a", tiff(UPRIGHT, 1, 1)), ("b", b"\0MRM" + bytes(99))):
        path = tmp_path / f"{name}{suffix}"
        path.write_bytes(content)
        assert pictures.is_one(path)
        with pytest.raises(ValueError, match=f"{name}{suffix} is a camera's raw file: save it as JPEG or PNG"):
            pictures.read(path)


@pytest.mark.parametrize("kind", ["im", "spider"])
def test_formats_without_a_sign_are_known_by_their_suffix(kind, tmp_path):
    Image.fromarray(np.float32(UPRIGHT) if kind == "spider" else UPRIGHT).save(tmp_path / f"a.{kind}", kind)
    assert pictures.is_one(tmp_path / f"a.{kind}")
    np.testing.assert_array_equal(pictures.read_gray(tmp_path / f"a.{kind}"), UPRIGHT)


@pytest.mark.parametrize("channels", [1, 3])
def test_floats_that_pillow_does_not_know_are_read_from_tiff(channels, tmp_path):
    gray = np.kron(UPRIGHT, np.ones((4, 4), np.uint8))
    io.imsave(tmp_path / "a.tif", np.squeeze(np.dstack([gray / 255] * channels)), check_contrast=False)
    np.testing.assert_array_equal(pictures.read_gray(tmp_path / "a.tif"), gray)


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


def stored(kind: str, **how: object) -> bytes:
    """A file of a picture that is too rich to be pressed into a few bytes, with a thumbnail where EXIF has one."""
    content = BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 128), np.uint8)).save(content, kind, **how)
    return content.getvalue()


THUMBNAIL = ifd() + stored("JPEG", quality=5)


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"exif": b"Exif\0\0" + THUMBNAIL}])
def test_a_jpeg_that_breaks_off_into_noughts_is_refused_and_one_with_noughts_behind_it_is_read(how, tmp_path):
    whole = stored("JPEG", **how)
    (tmp_path / "a.jpg").write_bytes(whole + bytes(5000))
    meant = np.asarray(Image.open(BytesIO(whole)))
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.jpg"), meant)
    for share in (0.4, 0.7, 0.98):
        (tmp_path / "a.jpg").write_bytes(whole[: int(share * len(whole))].ljust(len(whole) + 9999, b"\0"))
        with pytest.raises(ValueError, match="a.jpg is not a picture that can be read .*the rest is noughts"):
            pictures.read(tmp_path / "a.jpg")


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "JPEG2000"])
def test_what_is_coded_otherwise_and_breaks_off_into_noughts_is_refused_too(kind, tmp_path):
    whole = stored(kind)
    for share, refused in ((1, False), (0.6, True)):
        (tmp_path / "a.jpg").write_bytes(whole[: int(share * len(whole))].ljust(len(whole), b"\0"))
        if refused:
            with pytest.raises(ValueError, match="a.jpg is not a picture that can be read .*the rest is noughts"):
                pictures.read(tmp_path / "a.jpg")
        else:
            assert pictures.read(tmp_path / "a.jpg").shape[:2] == (96, 128)


def test_what_follows_a_webp_is_none_of_it(tmp_path):
    (tmp_path / "a.webp").write_bytes(stored("WEBP") + bytes(5000))
    assert pictures.read(tmp_path / "a.webp").shape[:2] == (96, 128)


@pytest.mark.parametrize("marker", [0xE0, 0xE2, 0xEE])
@pytest.mark.parametrize("body", [b"JFIF\0", b"ICC_PROFILE\0", b"Adobe", b""])
def test_a_jpeg_with_a_short_header_of_an_application_is_read(marker, body, tmp_path):
    whole = stored("JPEG")
    head = whole.index(b"\xff\xdb")
    short = bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body
    (tmp_path / "a.jpg").write_bytes(whole[:2] + short + whole[head:])
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.jpg"), np.asarray(Image.open(BytesIO(whole))))


@pytest.mark.parametrize("how", [{}, {"restart_marker_rows": 2}, {"exif": b"Exif\0\0" + THUMBNAIL}])
def test_a_jpeg_that_was_cut_off_and_closed_again_is_refused(how, tmp_path):
    whole = stored("JPEG", **how)
    for share in (0.5, 0.9):
        (tmp_path / "a.jpg").write_bytes(whole[: int(share * len(whole))] + b"\xff\xd9")
        with pytest.raises(ValueError, match="a.jpg is not a picture that can be read .*the rest is grey"):
            pictures.read(tmp_path / "a.jpg")


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("tail", [b"", bytes(99), b"\xff\xd8\xff\xe0 what a camera adds"])
def test_a_whole_jpeg_may_end_in_grey(mode, tail, tmp_path, capfd):
    Image.new("RGB", (40, 40), (128, 128, 128)).convert(mode).save(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes((tmp_path / "a.jpg").read_bytes() + tail)
    np.testing.assert_allclose(pictures.read(tmp_path / "a.jpg"), 128, atol=1)
    assert capfd.readouterr().err == ""


def test_a_png_that_breaks_off_into_noughts_is_refused(tmp_path):
    Image.fromarray(np.full((400, 400), 99, np.uint8)).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    assert whole.count(b"IDAT") == 1
    (tmp_path / "a.png").write_bytes(whole[:-30].ljust(len(whole), b"\0"))
    with pytest.raises(ValueError, match="a.png is not a picture that can be read"):
        pictures.read(tmp_path / "a.png")


def test_a_png_whose_pixels_do_not_sum_up_is_refused(tmp_path):
    Image.fromarray(UPRIGHT).save(tmp_path / "a.png")
    whole = bytearray((tmp_path / "a.png").read_bytes())
    whole[whole.index(b"IEND") - 5] ^= 1  # the last byte of the check sum before it
    (tmp_path / "a.png").write_bytes(whole)
    with pytest.raises(ValueError, match=r"a.png is not a picture that can be read .*checksum in b'IDAT'"):
        pictures.read(tmp_path / "a.png")


@pytest.mark.parametrize("rest", [b"", bytes(5000), b"IEND of another kind"])
def test_a_png_of_which_only_the_end_is_missing_is_read(rest, tmp_path):
    Image.fromarray(UPRIGHT).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[:-12] + rest)
    np.testing.assert_array_equal(pictures.read_gray(tmp_path / "a.png"), UPRIGHT)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jpg", b"", "it is empty"),
        ("a.jpg", b"<!DOCTYPE html><html>", "it is a web page"),
        ("a.png", b"version https://git-lfs.github.com/spec/v1\n", "`git lfs pull` fetches that"),
        ("a.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64, "it is HEIC, and damaged"),
        ("a.jpg", b"\0\0\0\x18ftypmp42", "it is a video: see `mien video`"),
        ("a.jxl", b"\xff\x0a\0\0", "it is JPEG XL: save it as JPEG or PNG"),
        ("a.heics", b"\0\0\0\x18ftyphevc\0\0\0\0msf1hevc" + b"\0" * 64, "it is HEIC, and damaged"),
        ("a.hdr", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n", "it is Radiance's HDR: save it as JPEG or PNG"),
        ("a.tif", b"MM\0+\0\x08\0\0" + b"\0" * 20, "it is TIFF, and damaged or of a kind that is not known"),
        ("a.jpg", b"\xff\xd8\xff\xc1\0\x0b\x0c\0\x08\0\x08\1\1\x11\0", "it is JPEG, and damaged or of a kind"),
        ("a.jls", b"\xff\xd8\xff\xf7\0\x0b", "it is JPEG-LS: save it as JPEG or PNG"),
        ("a.jxr", b"II\xbc\1\x08\0\0\0", "it is JPEG XR: save it as JPEG or PNG"),
        ("a.pam", b"P7\nWIDTH 2\nHEIGHT 2\n", "it is PAM: save it as JPEG or PNG"),
        ("a.exr", b"v/1\x01\2\0\0\0", "it is OpenEXR: save it as JPEG or PNG"),
        ("a.psb", b"8BPS\0\2" + b"\0" * 20, "it is a drawing of Photoshop's large kind, or damaged"),
        ("a.CR2", b"II*\0\x10\0\0\0CR\2\0", "a.CR2 is a camera's raw file: save it as JPEG or PNG"),
        ("a.txt", b"Dear diary", "a.txt is not a picture"),
    ],
)
def test_why_a_file_is_not_read_is_said_in_words(name, content, said, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert pictures.is_one(tmp_path / name) == (name != "a.txt")
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
