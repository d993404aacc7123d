import subprocess
import sys

import numpy as np
import pytest

from mien.engine import paths
from mien.faces import cropping
from mien.inference.views import answers
from mien.models import export, pretrained

SHIPPED = sorted(path for path in paths.pretrained().glob("[!.]*") if path.is_dir())


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_what_ships_is_whole_and_small(folder):
    assert folder.name in pretrained.names()
    file = pretrained.file(folder.name)
    assert {*folder.glob("model.*")} <= {file, folder / "model.json", folder / pretrained.LIGHT}
    assert file.stat().st_size <= 10_000_000
    assert (folder / "card.md").stat().st_size > 0
    about, scores = pretrained.describe(folder.name), pretrained.scores(folder.name)
    assert (about["model"], about["target"]) == (scores["model"], scores["target"])
    assert folder.name in (f"{about['model']}-{about['target']}", about["target"])
    assert about["bytes"] == file.stat().st_size
    gives = (len(about["points"]), 2) if "points" in about else (len(about["classes"]),)
    given = {name: np.zeros((1, *shape), np.float32) for name, shape in about["inputs"].items()}
    assert answers(pretrained.load(folder.name), given).shape == (1, *gives)


LIGHT = [folder.name for folder in SHIPPED if (folder / pretrained.LIGHT).exists()]


@pytest.mark.parametrize("name", LIGHT)
def test_what_ships_for_litert_answers_as_what_it_was_made_of(name, portrait):
    """Probabilities within 0.001, points within a tenth of a pixel, of the network in single precision."""
    if name == pretrained.EYES:
        numbers = {"eyes": np.random.default_rng(0).uniform([0, 0], [0.5, 0.4], (50, 2))}
        expected, found = (answers(pretrained.load(name, light), numbers) for light in (False, True))
        np.testing.assert_allclose(found, expected, atol=1e-3)
        return
    size = pretrained.describe(name)["inputs"]["picture"][0]
    faces = np.array([cropping.crop(portrait, (i, i, 300, 300), size) for i in range(0, 60, 10)])
    expected = answers(export.single(pretrained.load(name)), {"picture": faces[..., None]})
    found = answers(pretrained.load(name, light=True), {"picture": faces})
    np.testing.assert_allclose(found, expected, atol=0.1 if expected.ndim == 3 else 1e-3)
    assert found.std(axis=0).max() > 0.01  # the faces differ, and so do the answers


def test_the_default_models_ship_for_litert():
    assert {"small-emotion7", pretrained.KEYPOINTS, pretrained.EYES} <= set(LIGHT)


def test_all_that_ships_is_small():
    folders = paths.pretrained(), paths.networks()
    assert sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file()) <= 40_000_000


def test_who_opens_a_model_loads_no_reader_of_data_no_template_and_no_spreadsheet():
    """pandas comes with xarray, which `engine.store` keeps data in."""
    heavy = "jinja2 openpyxl keras tensorflow sklearn skops matplotlib cv2 ai_edge_litert mien.sources".split()
    said = f"import sys, mien.models.pretrained; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x", "there is no pretrained x: there are "),
        ("small-x", "the pretrained small has no target x: it has emotion7"),
        ("x-emotion7", "there is no pretrained x-emotion7"),
    ],
)
def test_a_name_that_does_not_ship_is_told_from_a_target_that_it_has_not(name, said):
    with pytest.raises(ValueError, match=said):
        pretrained.folder_of(name)
