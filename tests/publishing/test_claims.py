"""What is claimed of a published run follows from its estimates and their intervals."""

import numpy as np
import pytest
from scipy.stats import beta

from mien.engine import paths, store
from mien.publishing import claims


def save(folder, model: str, accuracy: float, width: float = 0.01, unseen: float | None = None, **more) -> None:
    views = {
        view: {"n": n, "accuracy": share, "accuracy_ci95": [share - width, share + width], **more}
        for view, n, share in (("all", 100, accuracy), ("clean", 80, accuracy if unseen is None else unseen))
    }
    metrics = {"model": model, "test": views, "provenance": {"parameters": {"profile": "sample"}}}
    store.save_json(metrics, folder / "metrics" / f"{model}-{'happy' if more else 'emotion7'}.json")


def test_families_whose_intervals_overlap_are_not_called_different(tmp_path):
    save(tmp_path, "small", 0.70, 0.06)
    save(tmp_path, "all", 0.60, 0.05)
    assert "their intervals and those of pixels overlap" in claims.landmarks(tmp_path)
    save(tmp_path, "small", 0.70, 0.02)
    save(tmp_path, "all", 0.60, 0.02)
    assert claims.landmarks(tmp_path).endswith(": fewer than by pixels.")
    save(tmp_path, "all", 0.80, 0.02)
    assert claims.landmarks(tmp_path).endswith(": more than by pixels.")


def test_copies_are_told_from_the_others_by_what_is_left(tmp_path):
    save(tmp_path, "small", 0.60, unseen=0.55)  # 60 of 100 and 44 of 80 are right: 16 of 20 copies
    save(tmp_path, "all", 0.30, unseen=0.35)
    said = claims.copies(tmp_path)
    assert "Of the 20 test faces" in said
    assert "80.0% (58.4%–91.9%), of the others 55.0% (54.0%–56.0%). " in said  # Wilson's interval, by a calculator
    assert said.endswith("Without them 1 of 2 models score lower.")


def test_copies_about_which_chance_might_have_its_way_are_said_to_overlap(tmp_path):
    save(tmp_path, "small", 0.56, unseen=0.55)  # 12 of 20 copies
    assert "; the intervals overlap" in claims.copies(tmp_path)


def test_the_best_f1_of_happy_is_told_with_its_interval(tmp_path):
    for model, f1, confusion in (("all", 0.5, [[0, 1], [1, 1]]), ("enm", 0.8, [[50, 10], [10, 40]])):
        save(tmp_path, model, 0.7, per_class={"happy": {"f1": f1}}, confusion=confusion)
    assert "eyes, nose, mouth, dense network) is 0.800 (0." in claims.happy(tmp_path)


def test_the_interval_of_f1_is_that_of_a_share_which_rises_with_it():
    low, high = claims.f1_interval(40, 20)  # F1 = 2 * 40 / (2 * 40 + 20)
    assert low < 0.8 < high
    drawn = beta(40.5, 20.5).rvs(200_000, random_state=0)  # Jeffreys' posterior of the share, near Wilson's interval
    np.testing.assert_allclose((low, high), np.quantile(2 * drawn / (1 + drawn), [0.025, 0.975]), atol=0.01)


def test_keypoints_of_few_people_are_told_without_an_interval(tmp_path):
    for name, groups, left_out in (("", 30, ""), ("_without_bioid", 3, "bioid"), ("_without_ytf", 20, "ytf")):
        view = {"n": 50, "groups": groups, "rmse_px": 1.5, "rmse_px_ci95": [1.0, 2.0]}
        metrics = {"left_out": left_out, "test": {"all": view}}
        store.save_json(metrics, tmp_path / "metrics" / f"keypoint_resnet{name}-keypoints15.json")
    said = claims.keypoints(tmp_path)
    assert "RMSE is 1.50 (1.00–2.00) pixels" in said
    assert "1.50 (of 3 groups: too few for an interval) on BioID and 1.50 (1.00–2.00) on YouTube Faces" in said


def test_of_a_run_whose_test_faces_all_have_copies_nothing_is_claimed_about_them(tmp_path):
    save(tmp_path, "small", 0.6)
    file = tmp_path / "metrics" / "small-emotion7.json"
    metrics = store.open_json(file)
    metrics["test"]["clean"] = {"n": 0, "coverage": 1.0}
    store.save_json(metrics, file)
    assert claims.copies(tmp_path) == ""


def test_nothing_is_claimed_of_a_run_without_scores(tmp_path):
    assert claims.listed(tmp_path) == ""
    assert claims.headline(tmp_path) == "No model of seven expressions"


@pytest.mark.parametrize("profile", ["fer2013", "sample"])
def test_every_claim_about_a_published_run_has_an_interval(profile):
    lines = claims.listed(paths.published(profile)).splitlines()
    assert len(lines) >= 4
    assert all("–" in line or "too few" in line for line in lines)
