"""Tables of a published run in Markdown, from its committed metrics."""

from pathlib import Path

from mien.engine import openings, paths, store
from mien.models import pretrained
from mien.publishing import scores
from mien.sources import sampled_fer2013

DETECTORS = {"network": "`keypoints15`", "dlib68": "dlib's 68 points", "mediapipe478": "MediaPipe's 478 points"}


def happy(folder: Path) -> str:
    """Precision, recall and F1 of `happy`, the best F1 first."""
    rows = []
    for model, _, name, test in scores.scored(folder / "metrics", "happy"):
        measures = [f"{test['all']['per_class']['happy'][measure]:.3f}" for measure in ("precision", "recall", "f1")]
        found = f"{test['detected']['per_class']['happy']['f1']:.3f}" if "detected" in test else "–"  # pixels need none
        rows.append([f"{name} (`{model}`)", *measures, found, scores.share(test["all"])])
    rows.sort(key=lambda row: row[3], reverse=True)
    return scores.table(["model", "precision", "recall", "F1", "F1, detected", "coverage"], rows)


def seeds(folder: Path) -> str:
    """Mean and standard deviation over seeds of the models of seven expressions that learn by chance."""
    metrics = folder / "metrics"
    views = [scores.spreads(metrics, "emotion7", view) for view in ("all", "clean")]
    rows = [
        [f"{name} (`{model}`)", str(len(scores.seeds(metrics, model, "emotion7"))), *(view[model] for view in views)]
        for model, _, name, _ in scores.scored(metrics, "emotion7")
        if model in views[0]
    ]
    return scores.table(["model", "seeds", "accuracy, all", "unseen"], rows)


def keypoints(metrics: dict) -> str:
    """A network of fifteen keypoints beside the detectors, from its metrics."""
    found, same = (metrics["detectors"][faces] for faces in ("found", "same_faces"))
    rows = []
    for who, name in ((who, name) for who, name in DETECTORS.items() if who in found):
        errors = [scores.interval(faces[who], "rmse_px", 2) for faces in (found, same)]
        rows.append([name, scores.share(found[who]), *errors, f"{found[who]['nme']:.1%}"])
    shared = f"RMSE, the {same['network']['n']} that all find"
    return scores.table(["", "coverage", "RMSE, faces it finds", shared, "error over eye distance"], rows)


def travel(folder: Path) -> str:
    """How far the keypoints travel: each source when it teaches, and when a network knows nothing of it."""
    own, rows = pretrained.scores(pretrained.KEYPOINTS)["test"], []
    for file in sorted((folder / "metrics").glob("keypoint_resnet_without_*-keypoints15.json")):
        metrics = store.open_json(file)
        source, apart = metrics["left_out"], metrics["test"]["all"]
        views = [own.get(source), apart, metrics["test_without_offsets"]["all"]]
        views += [metrics["detectors"]["found"].get(who) for who in DETECTORS if who != "network"]
        rows.append([f"`{source}`", f"{apart['n']:,}", *(scores.interval(view, "rmse_px", 2) for view in views)])
    names = ["it teaches: RMSE, its test faces", "it is left out: RMSE, all its faces", "without offsets"]
    return scores.table(["source", "faces", *names, *list(DETECTORS.values())[1:]], rows)


def gains(folder: Path) -> str:
    """What searches of hyper-parameters were worth: defaults -> found, and the change with its interval.

    Of test faces a run has the score with what was found alone; one of before 2026-11-28 has compared them there, too.
    """
    rows = []
    for file in sorted((folder / "figures").glob("56_tuned-gain-*.json")):
        if not file.name.endswith(".provenance.json"):
            gain = store.open_json(file)
            changes = [_change(gain[view]) for view in ("validation", "test, all", "test, clean")]
            rows.append([f"`{gain['model']}-{gain['target']}`", *changes])
    return scores.table(["model", "validation", "test, all", "test, unseen"], rows)


def networks() -> str:
    """Teachers and students that a GPU has trained: validation faces, one view and ten; all and unseen."""
    rows = []
    for file in sorted((paths.REPOSITORY / "models" / "networks").glob("*/record.json")):
        record = store.open_json(file)
        one, ten = (record["validation"][views] for views in ("one", "ten"))
        shares = [f"{view['all']:.3f} / {view['clean']:.3f}" for view in (one, ten)]
        rows.append([f"`{record['recipe']}`", f"{record['params'] / 1e6:.2f} M", str(record["passes"]), *shares])
    return scores.table(["recipe", "weights", "passes", "one view", "ten views"], rows)


def dials() -> str:
    """FER2013's figures to which the sample was fitted, and what it reached."""
    fitted = store.open_json(sampled_fer2013.DIALS)["fitted to FER2013's and reached"]
    rows = [[what, *(f"{figure:.3f}" for figure in pair)] for what, pair in fitted.items()]
    return scores.table(["share of faces", "FER2013", "sample"], rows)


def opened(folder: Path) -> str:
    """How often each model was asked about the test faces, and when; the most often asked first."""
    by_model: dict[tuple[str, str], list[dict]] = {}
    for entry in openings.read(folder / openings.NAME):
        by_model.setdefault((entry["model"], entry["target"]), []).append(entry)
    rows = []
    for (model, target), entries in sorted(by_model.items(), key=lambda item: -len(item[1])):
        days = [entry["when"][:10] for entry in (entries[0], entries[-1])]
        makers = sorted({entry["notebook"][:2] for entry in entries})
        known = [f"{score:.3f}" for entry in entries if (score := entry.get("accuracy", entry.get("rmse_px")))]
        faces = f"{entries[-1]['faces']:,}"
        rows.append([f"`{model}`", target, faces, str(len(entries)), ", ".join(makers), *days, ", ".join(known) or "–"])
    names = ["model", "target", "test faces", "openings", "by notebook", "first", "last", "scores, first to last"]
    return scores.table(names, rows)


def _change(view: dict) -> str:
    if "gain" not in view:
        return f"{view['after']:.3f}"
    signed = [f"{value:+.3f}".replace("-", "−") for value in (view["gain"], *view["gain_ci95"])]
    return f"{view['before']:.3f} → {view['after']:.3f}: {signed[0]} ({signed[1]} to {signed[2]})"
