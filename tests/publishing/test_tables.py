"""Tables of a published run say what its files say."""

from mien.engine import openings, store
from mien.publishing import tables


def test_the_spread_over_seeds_is_that_of_the_metrics_files(tmp_path):
    for model, accuracy in (("small", 0.5), ("small_seed1", 0.7), ("all", 0.4), ("all_tencrop", 0.1)):
        test = {view: {"accuracy": accuracy, "n": 1} for view in ("all", "clean")}
        metrics = {"model": model, "test": test, "provenance": {"parameters": {"profile": "fer2013"}}}
        store.save_json(metrics, tmp_path / "metrics" / f"{model}-emotion7.json")
    (row,) = tables.seeds(tmp_path).splitlines()[2:]
    assert "`small`" in row
    assert row.endswith("| 2 | 0.600 ± 0.141 | 0.600 ± 0.141 |")  # sqrt(2) of half their difference


def test_a_network_of_pixels_which_needs_no_detector_stands_beside_models_of_landmarks(tmp_path):
    found = {
        "n": 9,
        "coverage": 0.5,
        "accuracy": 0.9,
        "per_class": {"happy": {"precision": 0.7, "recall": 0.9, "f1": 0.8}},
    }
    for model, views in (("all", ["all", "detected"]), ("resnet_face", ["all"])):
        metrics = {
            "model": model,
            "test": dict.fromkeys(views, found),
            "provenance": {"parameters": {"profile": "fer2013"}},
        }
        store.save_json(metrics, tmp_path / "metrics" / f"{model}-happy.json")
    rows = tables.happy(tmp_path).splitlines()[2:]
    assert {row[-32:] for row in rows} == {
        f" 0.700 | 0.900 | 0.800 | {detected} | 50.0% |"[-32:] for detected in ("0.800", "–")
    }


def test_keypoints_stand_beside_the_detectors_that_were_asked():
    score = {"n": 7, "coverage": 0.5, "rmse_px": 2.0, "rmse_px_ci95": [1.0, 3.0], "nme": 0.05}
    both = {"network": score, "dlib68": score}
    rows = tables.keypoints({"detectors": {"found": both, "same_faces": both}}).splitlines()[2:]
    assert rows == [
        f"| {name} | 50.0% | 2.00 (1.00–3.00) | 2.00 (1.00–3.00) | 5.0% |"
        for name in ("`keypoints15`", "dlib's 68 points")
    ]


def test_the_most_often_asked_model_stands_first(tmp_path):
    entry = {"when": "2026-01-01T10", "notebook": "50_evaluation", "target": "happy", "faces": 8}
    asked = [entry | {"model": "all"}, entry | {"model": "enm"}, entry | {"model": "enm", "when": "2026-01-02"}]
    openings.write(tmp_path / openings.NAME, asked)
    first, second = tables.opened(tmp_path).splitlines()[2:]
    assert first == "| `enm` | happy | 8 | 2 | 50 | 2026-01-01 | 2026-01-02 | – |"
    assert second.startswith("| `all` |")


def test_what_a_search_was_worth_is_a_change_on_validation_and_a_score_on_test(tmp_path):
    """A run of before asked test faces about both."""
    change = {"before": 0.6, "after": 0.62, "gain": 0.02, "gain_ci95": [-0.01, 0.05]}
    gains = {"new": {"after": 0.61}, "old": change}
    for model, test in gains.items():
        gain = {"model": model, "target": "happy", "validation": change, "test, all": test, "test, clean": test}
        store.save_json(gain, tmp_path / "figures" / f"56_tuned-gain-{model}-happy.json")
    new, old = ([cell.strip() for cell in row.split("|")[2:5]] for row in tables.gains(tmp_path).splitlines()[2:4])
    assert new == ["0.600 → 0.620: +0.020 (−0.010 to +0.050)", "0.610", "0.610"]
    assert old == [new[0]] * 3
