"""The card of a network of keypoints; `test_pretrained` reads those of expressions, as they are published."""

import re

import numpy as np
import pytest

from mien.evaluation import keypoints
from mien.models import dlib_resnet
from mien.publishing import cards
from mien.vocabulary.topology import KEYPOINTS15

N = {"train": 2900, "validation": 350, "test": 30}


def scores(seed: int, faces: int = 30) -> dict:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(20, 76, (faces, 15, 2))
    truth[:, 3] = np.nan  # a point that nobody marked
    return keypoints.score(truth, truth + rng.normal(0, 2, truth.shape), np.arange(faces) // 3)


@pytest.fixture
def metrics() -> dict:
    found = {"network": scores(0), "dlib68": scores(1)}
    return {
        "params": 1_234_567,
        "faces": {"bioid": N, "studio": N},
        "test": {"all": scores(0), "bioid": scores(2)},
        "detectors": {"found": found, "same_faces": found},
    }


@pytest.fixture
def card(metrics) -> str:
    about = {
        "points": list(KEYPOINTS15),
        "inputs": {"picture": [96, 96, 1]},
        "sources": {"picture": ["faces", "keypoints", "image"]},
        "bytes": 8_100_000,
    }
    made = {
        "notebook": "48_keypoint_resnet", "parameters": {"seed": 0}, "seconds": 3600.0, "machine": {"cores": 2},
        "commit": "abc", "dirty": False, "backend": "tensorflow", "packages": {"keras": "3.15"},
    }  # fmt: skip
    record = {"provenance": made, "starts_from": dlib_resnet.SOURCE}
    apart = {"test": {"all": scores(3)}, "test_without_offsets": {"all": scores(4)}}
    return cards.of_keypoints("keypoints15", about, record, {"scored": metrics, "left_out": {"elsewhere": apart}})


def row(card: str, first: str) -> list[float]:
    """The numbers of the row whose first cell begins so."""
    (found,) = re.findall(rf"^\| {re.escape(first)}[^|]*\|(.*)\|$", card, flags=re.M)
    return [float(number.replace(",", "")) for number in re.findall(r"[\d,]+(?:\.\d+)?", found)]


def test_it_names_the_points_in_the_order_of_the_outputs(card):
    assert f"in this order:\n{', '.join(KEYPOINTS15)}." in card


def test_it_counts_the_faces_of_each_source(card):
    assert row(card, "BioID Face Database") == row(card, "studio") == [2900, 350, 30]


def test_it_has_the_scores_of_each_view_with_their_intervals(card, metrics):
    for name, view in metrics["test"].items():
        expected = [view["rmse_px"], *view["rmse_px_ci95"], view["nme"], *view["nme_ci95"]]
        assert row(card, f"{name} ") == pytest.approx([30, 10, *expected], abs=6e-4)


def test_it_has_the_scores_on_a_source_that_taught_nothing(card):
    apart, marks = scores(3), scores(4)
    values = [[view["rmse_px"], *view["rmse_px_ci95"]] for view in (apart, marks)]
    expected = [30, 10, *values[0], *values[1], apart["nme"], *apart["nme_ci95"]]
    assert row(card, "elsewhere") == pytest.approx(expected, abs=6e-4)


def test_it_has_the_scores_of_each_point_that_anybody_marked(card, metrics):
    for name, view in metrics["test"]["all"]["per_point"].items():
        assert (f"| {name} |" in card) == (view["n"] > 0)
    nose = metrics["test"]["all"]["per_point"]["nose_tip"]
    assert row(card, "nose_tip") == pytest.approx([30, nose["rmse_px"], *nose["rmse_px_ci95"]], abs=6e-4)


def test_it_sets_detectors_beside_the_network(card, metrics):
    assert row(card, "dlib68")[0] == pytest.approx(metrics["detectors"]["same_faces"]["dlib68"]["rmse_px"], abs=6e-4)


def test_it_says_on_what_terms_its_sources_may_be_used(card):
    licence = card.partition("## Licence")[2]
    assert "BioID Face Database is published for research" in licence
    assert "YouTube" not in licence
    assert f"starts from {dlib_resnet.SOURCE}." in licence
    assert "VGG Face and FaceScrub" in licence


def test_the_lines_that_open_it_name_what_comes_out(card):
    assert 'pretrained.load("keypoints15")' in card
    assert "points = model.predict(picture)  # (face, 15, 2)" in card
