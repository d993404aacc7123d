"""The chart of a published run shows every model of seven expressions, and says where faces are synthetic."""

from PIL import Image

from mien.engine import store
from mien.plots import scores as plots
from mien.publishing import chart


def save(folder, model: str, clean: dict) -> None:
    views = {"all": {"n": 9, "accuracy": 0.5, "accuracy_ci95": [0.4, 0.6]}, "clean": clean}
    metrics = {"model": model, "test": views, "provenance": {"parameters": {"profile": "sample"}}}
    store.save_json(metrics, folder / "metrics" / f"{model}-emotion7.json")


def drawn(monkeypatch, folder, synthetic: bool) -> tuple:
    """What the chart is drawn of, and its title."""
    given, draw = [], plots.ranking
    monkeypatch.setattr(plots, "ranking", lambda *what: given.append(what) or draw(*what))
    assert Image.open(chart.write(folder, synthetic)).width > 500
    return given[0]


def test_it_is_drawn_of_all_models_with_their_intervals(tmp_path, monkeypatch):
    save(tmp_path, "small", {"n": 8, "accuracy": 0.25, "accuracy_ci95": [0.125, 0.375]})
    save(tmp_path, "all", {"n": 0, "coverage": 1.0})
    rows, title = drawn(monkeypatch, tmp_path, synthetic=False)
    assert rows["model"].tolist() == ["network, small", "2,278 distances of dlib's 68 points, dense network"]
    assert rows.loc[0, ["clean", "clean_low", "clean_high"]].tolist() == [0.25, 0.125, 0.375]
    assert rows.loc[1, ["clean", "clean_low", "clean_high"]].isna().all()  # no face, no mark
    assert title == "Seven expressions: right on 50.0% from pixels and 50.0% from landmarks"


def test_that_faces_are_synthetic_stands_in_its_title(tmp_path, monkeypatch):
    save(tmp_path, "small", {"n": 0})
    assert drawn(monkeypatch, tmp_path, synthetic=True)[1].endswith("from pixels (synthetic faces)")


def test_of_no_scores_there_is_none(tmp_path):
    assert chart.write(tmp_path, synthetic=False) is None
