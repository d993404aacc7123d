"""Fills README.md and docs/ with tables of committed metrics, and draws README's picture."""

import re
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mien.engine import openings, paths, store
from mien.face_model import FaceModel
from mien.inference import Predictor, overlay
from mien.models import pretrained
from mien.publishing.scores import expressions, interval, scored, share, table
from mien.sources import sampled_fer2013
from mien.vocabulary.labels import EMOTIONS

HEADLINE = (
    "ensemble_teachers", "resnet_face_tencrop", "resnet_face", "small", "enm_images", "ensemble", "mesh_distances_svm",
    "all", "mesh_gnn",
)  # fmt: skip
"""The models of seven expressions that README shows; docs/results.md shows all."""

DETECTORS = {"network": "`keypoints15`", "dlib68": "dlib's 68 points", "mediapipe478": "MediaPipe's 478 points"}

FACES = {"happy": 4, "surprise": 1, "angry": 6, "sad": 7, "disgust": 28, "neutral": 0}
"""Expression -> which of its first thirty sampled faces is in the picture: one that shows it, and is recognised."""

SIZE, ROOM, PAPER = 192, ((40, 12), (16, 152)), 245
"""Of a face in the picture: its width; above and below, left and right of it, in pixels; grey level of the rest."""

MARKED = re.compile(r"(?<=<!-- table: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


def headline() -> str:
    """Some models of seven expressions: families apart, the best first."""
    rows = []
    for model, family, name, test in scored(_metrics(), "emotion7"):
        if model in HEADLINE:
            views = [interval(test[view]) for view in ("all", "clean")]
            rows.append([family, name, *views, share(test["all"]), f"{test['all']['macro_f1']:.3f}"])
    return table(["from", "model", "accuracy, all", "unseen", "coverage", "macro F1"], rows)


def happy() -> str:
    """Precision, recall and F1 of `happy`, the best F1 first."""
    rows = []
    for model, _, name, test in scored(_metrics(), "happy"):
        views = [test[view]["per_class"]["happy"] for view in ("all", "detected")]
        measures = [*(views[0][measure] for measure in ("precision", "recall", "f1")), views[1]["f1"]]
        rows.append([f"{name} (`{model}`)", *(f"{value:.3f}" for value in measures), share(test["all"])])
    rows.sort(key=lambda row: row[3], reverse=True)
    return table(["model", "precision", "recall", "F1", "F1, detected", "coverage"], rows)


def seeds() -> str:
    """Mean and standard deviation over seeds of the models of seven expressions that learn by chance."""
    rows, folder = [], _metrics()
    for model, _, name, _ in scored(_metrics(), "emotion7"):
        files = [folder / f"{model}-emotion7.json", *sorted(folder.glob(f"{model}_seed[0-9]*-emotion7.json"))]
        if len(files) > 1:
            tests = [store.open_json(file)["test"] for file in files]
            views = [np.array([test[view]["accuracy"] for test in tests]) for view in ("all", "clean")]
            spreads = [f"{values.mean():.3f} ± {values.std(ddof=1):.3f}" for values in views]
            rows.append([f"{name} (`{model}`)", str(len(files)), *spreads])
    return table(["model", "seeds", "accuracy, all", "unseen"], rows)


def keypoints() -> str:
    """The network of fifteen keypoints that ships, beside the detectors."""
    found, same = (pretrained.scores(pretrained.KEYPOINTS)["detectors"][faces] for faces in ("found", "same_faces"))
    rows = []
    for who, name in DETECTORS.items():
        errors = [interval(faces[who], "rmse_px", 2) for faces in (found, same)]
        rows.append([name, share(found[who]), *errors, f"{found[who]['nme']:.1%}"])
    shared = f"RMSE, the {same['network']['n']} that all find"
    return table(["", "coverage", "RMSE, faces it finds", shared, "error over eye distance"], rows)


def travel() -> str:
    """How far the keypoints travel: each source when it teaches, and when a network knows nothing of it."""
    folder, own, rows = _metrics(), pretrained.scores(pretrained.KEYPOINTS)["test"], []
    for file in sorted(folder.glob("keypoint_resnet_without_*-keypoints15.json")):
        scores = store.open_json(file)
        source, apart = scores["left_out"], scores["test"]["all"]
        views = [own.get(source), apart, scores["test_without_offsets"]["all"]]
        views += [scores["detectors"]["found"].get(who) for who in DETECTORS if who != "network"]
        rows.append([f"`{source}`", f"{apart['n']:,}", *(interval(view, "rmse_px", 2) for view in views)])
    names = ["it teaches: RMSE, its test faces", "it is left out: RMSE, all its faces", "without offsets"]
    return table(["source", "faces", *names, *list(DETECTORS.values())[1:]], rows)


def gains() -> str:
    """What searches of hyper-parameters were worth: defaults -> found, and the change with its interval."""
    rows = []
    for file in sorted((paths.published("fer2013") / "figures").glob("56_tuned-gain-*.json")):
        if not file.name.endswith(".provenance.json"):
            gain = store.open_json(file)
            changes = [_change(gain[view]) for view in ("validation", "test, all", "test, clean")]
            rows.append([f"`{gain['model']}-{gain['target']}`", *changes])
    return table(["model", "validation", "test, all", "test, unseen"], rows)


def networks() -> str:
    """Teachers and students that a GPU has trained: validation faces, one view and ten; all and unseen."""
    rows = []
    for file in sorted((paths.REPOSITORY / "models" / "networks").glob("*/record.json")):
        record = store.open_json(file)
        one, ten = (record["validation"][views] for views in ("one", "ten"))
        scores = [f"{view['all']:.3f} / {view['clean']:.3f}" for view in (one, ten)]
        rows.append([f"`{record['recipe']}`", f"{record['params'] / 1e6:.2f} M", str(record["passes"]), *scores])
    return table(["recipe", "weights", "passes", "one view", "ten views"], rows)


def dials() -> str:
    """FER2013's figures to which the sample was fitted, and what it reached."""
    fitted = store.open_json(sampled_fer2013.DIALS)["fitted to FER2013's and reached"]
    rows = [[what, *(f"{figure:.3f}" for figure in pair)] for what, pair in fitted.items()]
    return table(["share of faces", "FER2013", "sample"], rows)


def opened() -> str:
    """How often each model was asked about FER2013's test faces, and when; the most often asked first."""
    by_model: dict[tuple[str, str], list[dict]] = {}
    for entry in openings.read(paths.published("fer2013") / openings.NAME):
        by_model.setdefault((entry["model"], entry["target"]), []).append(entry)
    rows = []
    for (model, target), entries in sorted(by_model.items(), key=lambda item: -len(item[1])):
        days = [entry["when"][:10] for entry in (entries[0], entries[-1])]
        makers = sorted({entry["notebook"][:2] for entry in entries})
        known = [f"{score:.3f}" for entry in entries if (score := entry.get("accuracy", entry.get("rmse_px")))]
        faces = f"{entries[-1]['faces']:,}"
        rows.append([f"`{model}`", target, faces, str(len(entries)), ", ".join(makers), *days, ", ".join(known) or "–"])
    names = ["model", "target", "test faces", "openings", "by notebook", "first", "last", "scores, first to last"]
    return table(names, rows)


TABLES = {
    "headline": headline,
    "emotion7": lambda: expressions(_metrics(), "emotion7"),
    "emotion5": lambda: expressions(_metrics(), "emotion5"),
    "happy": lambda: expressions(_metrics(), "happy"),
    "happy_f1": happy,
    "keypoints": keypoints,
    "travel": travel,
    "gains": gains,
    "seeds": seeds,
    "networks": networks,
    "dials": dials,
    "openings": opened,
}
"""Name of a table, in `<!-- table: name -->` -> what writes it."""


def filled(text: str) -> str:
    """A page with its tables, between `<!-- table: name -->` and `<!-- end -->`, as the committed metrics have them."""
    return MARKED.sub(lambda match: match[1] + match[2] + TABLES[match[1]](), text)


def pages() -> list[Path]:
    """README.md and docs/."""
    return [paths.REPOSITORY / "README.md", *sorted((paths.REPOSITORY / "docs").glob("*.md"))]


def _metrics() -> Path:
    """The published scores of FER2013."""
    return paths.published("fer2013") / "metrics"


def _change(view: dict) -> str:
    signed = [f"{value:+.3f}".replace("-", "−") for value in (view["gain"], *view["gain_ci95"])]
    return f"{view['before']:.3f} → {view['after']:.3f}: {signed[0]} ({signed[1]} to {signed[2]})"


def picture() -> np.ndarray:
    """Six faces, drawn from the face model, in two rows, with room for what is said of them: (height, width) uint8."""
    model = FaceModel.open()
    cells = [np.pad(_face(model, *chosen), ROOM, constant_values=PAPER) for chosen in FACES.items()]
    return np.vstack([np.hstack(cells[:3]), np.hstack(cells[3:])])


def _face(model: FaceModel, expression: str, number: int) -> np.ndarray:
    shape, appearance = model.sample(30, EMOTIONS.index(expression), seed=0)
    return model.render(shape[number, None], appearance[number, None], SIZE)[0]


def annotated(image: np.ndarray) -> np.ndarray:
    """What `mien predict --save` draws on a gray picture: (height, width, 3) uint8 RGB."""
    predictor = Predictor.open()
    return overlay.annotated(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), predictor.predict(image), predictor.classes)


def main() -> None:
    """Draw the pictures and fill the pages."""
    docs = paths.REPOSITORY / "docs"
    drawn = picture()
    for image, name in ((drawn, "faces.png"), (annotated(drawn), "faces-annotated.png")):
        with store.aside(docs / name) as temporary:
            Image.fromarray(image).save(temporary, optimize=True)
    for page in pages():
        text = filled(page.read_text(encoding="utf-8"))
        with store.aside(page) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    print(f"README.md and {len(pages()) - 1} pages of docs/ have the tables of reports/published/fer2013")


if __name__ == "__main__":
    main()
