"""The same few faces, and a writer for each form that FER2013 comes in."""

import csv
import tarfile
import zipfile

import numpy as np
import openpyxl
import pytest
from PIL import Image

WORDS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = ("Training", "PublicTest", "PrivateTest")


@pytest.fixture
def tmp_path(tmp_path):
    """Pytest's is called after the test, and so as one that is held out; this one says no split."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


@pytest.fixture(scope="session")
def pictures():
    """(14, 48, 48) uint8: each expression twice, in this order; noise, so that no two are alike."""
    return np.random.default_rng(7).integers(0, 256, (14, 48, 48), np.uint8)


@pytest.fixture(scope="session")
def codes():
    """(14,) FER2013's codes."""
    return np.arange(14) % 7


@pytest.fixture(scope="session")
def usages():
    """14 of FER2013's names of splits."""
    return [USAGES[i % 3] for i in range(14)]


def text(picture):
    """A picture as FER2013 writes it."""
    return " ".join(map(str, picture.ravel()))


@pytest.fixture
def rows(pictures, codes, usages):
    """The rows of fer2013.csv, header first, as lists of strings."""
    body = [[str(c), text(p), u] for c, p, u in zip(codes, pictures, usages, strict=True)]
    return [["emotion", "pixels", "Usage"], *body]


@pytest.fixture
def write_csv(tmp_path):
    """rows, name -> path."""

    def write(rows, name="fer2013.csv"):
        path = tmp_path / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    return write


@pytest.fixture
def write_xlsx(tmp_path):
    """rows, name -> path; the order of columns is the rows' own."""

    def write(rows, name="fer2013.xlsx"):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def write_folder(tmp_path, pictures, codes, usages):
    """name, prefix -> folder of `<train|test>/<label>/<usage>_<number>.png`, or `<number>.png` without the prefix."""

    def write(name="pictures", prefix=True):
        for i, (picture, code, usage) in enumerate(zip(pictures, codes, usages, strict=True)):
            split = "train" if usage == "Training" else "test"
            path = tmp_path / name / split / WORDS[code] / f"{usage + '_' if prefix else ''}{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(path)
        return tmp_path / name

    return write


@pytest.fixture
def pack(tmp_path):
    """What to pack, name of the archive -> path."""

    def write(content, name):
        files = [content] if content.is_file() else sorted(p for p in content.rglob("*") if p.is_file())
        names = [path.relative_to(content.parent).as_posix() for path in files]
        path = tmp_path / name
        if name.endswith(".zip"):
            with zipfile.ZipFile(path, "w") as archive:
                for file, inside in zip(files, names, strict=True):
                    archive.write(file, inside)
        else:
            with tarfile.open(path, "w" if name.endswith(".tar") else "w:gz") as archive:
                for file, inside in zip(files, names, strict=True):
                    archive.add(file, inside)
        return path

    return write
