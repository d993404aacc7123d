"""Scores of metrics files as tables: families apart, the best first, the numbers those of the files."""

import re

import pytest

from mien.engine import paths, store
from mien.publishing import scores
from mien.vocabulary import labels

METRICS = paths.published("fer2013") / "metrics"


def save(folder, model: str, accuracy: float, profile: str = "fer2013") -> None:
    view = {"n": 9, "accuracy": accuracy, "accuracy_ci95": [accuracy - 0.1, accuracy + 0.1]}
    metrics = {"model": model, "test": {"all": view}, "provenance": {"parameters": {"profile": profile}}}
    store.save_json(metrics, folder / f"{model}-emotion7.json")


def test_the_best_family_stands_first_and_in_it_the_best_model(tmp_path):
    for model, accuracy in {"all": 0.5, "enm": 0.9, "small": 0.6, "resnet_face": 0.7, "enm_images": 0.8}.items():
        save(tmp_path, model, accuracy)
    ranked = [row.model for row in scores.scored(tmp_path, "emotion7")]
    assert ranked == ["enm", "all", "enm_images", "resnet_face", "small"]


def test_networks_of_pictures_are_students_in_the_profile_whose_teachers_there_are(tmp_path):
    for profile in ("fer2013", "sample"):
        save(tmp_path / profile, "small", 0.5, profile)
    (student,), (network,) = (scores.scored(tmp_path / profile, "emotion7") for profile in ("fer2013", "sample"))
    assert student.name == "student of the six, small"
    assert network.name == "network, small"


def test_a_table_says_what_a_metrics_file_says():
    accuracy = store.open_json(METRICS / "small-emotion7.json")["test"]["all"]["accuracy"]
    (row,) = [line for line in scores.expressions(METRICS, "emotion7").splitlines() if "`small`" in line]
    assert f"| {accuracy:.3f} (" in row


@pytest.mark.parametrize("profile", ["fer2013", "sample"])
@pytest.mark.parametrize("target", labels.TARGETS)
def test_no_scored_model_is_left_out(target, profile):
    files = (paths.published(profile) / "metrics").glob(f"*-{target}.json")
    named = {model for names in scores.FAMILIES.values() for model in names}
    scored = {re.sub(r"_seed\d+$", "", file.stem.removesuffix(f"-{target}")) for file in files}
    assert scored <= named, "scores.FAMILIES says what they are"


def test_an_interval_is_a_dash_where_there_are_no_faces():
    assert scores.interval(None) == scores.interval({"n": 0}) == "–"
    assert scores.interval({"n": 1, "rmse_px": 1.456, "rmse_px_ci95": [1, 2]}, "rmse_px", 2) == "1.46 (1.00–2.00)"
