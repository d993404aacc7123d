import hashlib
import json
import re
import shutil
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from typer.testing import CliRunner

from mien import cli, training
from mien.engine import paths, store
from mien.engine.run import Run
from mien.evaluation import keypoints, metrics, ordinal
from mien.models import ordinal as eye_states
from mien.models import pretrained
from mien.models.probabilities import with_probabilities
from mien.publishing import cards, models, networks
from mien.sources.fer2013 import COUNTS
from mien.vocabulary.labels import EMOTIONS, EYE_STATES
from mien.vocabulary.topology import KEYPOINTS15

NAME = "small-emotion7"


@pytest.fixture
def shelf(home, monkeypatch):
    """An empty home, and an empty folder in place of the one that is committed."""
    monkeypatch.setattr("mien.engine.paths.pretrained", lambda: home / "shelf")
    monkeypatch.setattr("mien.engine.paths.networks", lambda: home / "networks")
    return home / "shelf"


def network() -> keras.Model:
    picture = keras.Input((8, 8, 1), name="picture")
    x = keras.layers.Conv2D(4, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(picture))
    x = keras.layers.GlobalAveragePooling2D()(x)
    return training.with_probabilities(keras.Model(picture, keras.layers.Dense(7, name="logits")(x)), 1.5)


def network_with_distances() -> keras.Model:
    inputs = [keras.Input((8, 8, 1), name="picture"), keras.Input((5,), name="distances")]
    x = keras.layers.Concatenate()([keras.layers.Flatten()(inputs[0]), inputs[1]])
    return training.with_probabilities(keras.Model(inputs, keras.layers.Dense(7, name="logits")(x)), 1.5)


def train(name: str = NAME, seed: int = 0, build=network, **record) -> Run:
    given = {"profile": "fer2013", "seed": seed}
    run = Run("43_train_pixels", given, recipe={"shift": 0.1, "flip": True}, note="a|b")
    sources = {"picture": ["faces", "faces", "image"], "distances": ["features", "distances_all", "value"]}
    model = build()
    inputs = {tensor.name: sources[tensor.name] for tensor in model.inputs}
    run.save_model(model, name, half=True, **{"inputs": inputs, "landmarks": None, **record})
    return run


@cache
def views(part: str, seed: int, landmarks: bool) -> dict:
    """Scores of random answers to as many faces as FER2013 has."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(range(7), COUNTS[part])
    probabilities = rng.dirichlet(np.ones(7), len(truth)) + 0.2 * np.eye(7)[truth]
    group, clean, detected = np.arange(len(truth)), rng.random(len(truth)) < 0.9, rng.random(len(truth)) < 0.8
    probabilities /= probabilities.sum(1, keepdims=True)
    return metrics.score_views(truth, probabilities, EMOTIONS, group, clean, detected if landmarks else None)


def evaluate(name: str = NAME, saved_as: str = "small", seed: int = 0, landmarks: bool = False, **more) -> None:
    """Save scores of the model `name` under the name of `saved_as`."""
    run = Run("50_evaluation", {"profile": "fer2013"})
    run.open_model(name, "the test")
    trained = run.open_record(name, "the test")["provenance"]["parameters"]
    test, validation = (views(part, seed, landmarks) for part in ("PrivateTest", "PublicTest"))
    scores = {"model": saved_as, "target": "emotion7", "classes": list(EMOTIONS), "params": 75, "trained": trained}
    run.save_metrics({**scores, "test": test, "validation": validation, **more})


@pytest.fixture(scope="module")
def home_of_one(tmp_path_factory) -> Path:
    """A home where a network was trained and scored."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MIEN_HOME", str(home := tmp_path_factory.mktemp("home")))
        train()
        evaluate()
    return home


@pytest.fixture
def trained(shelf, home, home_of_one) -> paths.Paths:
    """The same home once more, to be changed."""
    shutil.copytree(home_of_one, home, dirs_exist_ok=True)
    return paths.Paths("fer2013")


def test_the_folder_is_the_repositorys_whatever_the_home(home):
    assert paths.pretrained() == paths.REPOSITORY / "models" / "pretrained"


def test_what_was_published_opens_as_it_was_trained(trained, shelf):
    assert models.publish(NAME, "fer2013") == shelf / NAME
    model, original = pretrained.load(NAME), store.open_model(trained.model(NAME))
    faces = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1))
    np.testing.assert_array_equal(model.predict(faces, verbose=0), original.predict(faces, verbose=0))
    for weight in model.get_weights():  # `half` has reached the file
        np.testing.assert_array_equal(weight, weight.astype(np.float16).astype(np.float32))


def test_a_model_of_a_network_that_ships_is_that_and_a_temperature(shelf, home):
    picture = keras.Input((8, 8, 1), name="picture")
    logits = keras.Model(picture, keras.layers.Dense(7)(keras.layers.Flatten()(picture)))
    train("small-happy", build=lambda: with_probabilities(logits, 2.5, "happy"), network="student", temperature=2.5)
    evaluate("small-happy", target="happy")
    with pytest.raises(ValueError, match="student/model.keras is not there: copy what `make networks` has trained"):
        models.publish("small-happy", "fer2013")
    store.save_model(logits, home / "networks" / "student" / "model.keras", half=True)
    with pytest.raises(FileNotFoundError, match=r"student/record.json is not there: run `make networks"):
        models.publish("small-happy", "fer2013")
    keep_record("student", seed=3, teachers=["teacher"], device="a GPU", seconds=61.0)
    keep_record("teacher", network="face")
    folder = models.publish("small-happy", "fer2013")
    assert not list(folder.glob("*.keras"))
    model, original = pretrained.load("small-happy"), store.open_model(paths.Paths("fer2013").model("small-happy"))
    faces = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1))
    np.testing.assert_allclose(model.predict(faces, verbose=0), original.predict(faces, verbose=0), atol=1e-6)


def keep_record(name: str, **more) -> None:
    """Leave the record of a training without Jupyter."""
    record = {
        "network": "small", "values": {}, "changes": {"shift": 0.1}, "optimizer": "sgd", "rate": 0.1, "decay": 0.0,
        "batch": 8, "average": 0.9, "seed": 0, "start": "", "teachers": [], "passes": 1, "seconds": 1.0,
        "device": "a processor", "packages": {"keras": "3.15"},
    }  # fmt: skip
    store.save_json({"recipe": name, **record, **more}, paths.networks() / name / "record.json")


def test_the_card_of_a_network_that_no_notebook_trained_says_how_it_was(shelf, home):
    picture = keras.Input((8, 8, 1), name="picture")
    logits = keras.Model(picture, keras.layers.Dense(7)(keras.layers.Flatten()(picture)))
    store.save_model(logits, home / "networks" / "student" / "model.keras", half=True)
    keep_record("teacher", network="face")
    keep_record("other", network="vgg")
    keep_record("student", seed=3, start="teacher", teachers=["teacher", "other"], device="a GPU", seconds=61.0)
    for seed in (0, 1):
        name = f"small_seed{seed}" if seed else "small"
        train(f"{name}-emotion7", seed, lambda: with_probabilities(logits, 2.5), network="student", temperature=2.5)
        evaluate(f"{name}-emotion7", name, seed)
    card = sections((models.publish(NAME, "fer2013") / "card.md").read_text(encoding="utf-8"))
    made = card["How it was trained"]
    settings, circumstances = map(dict, tables(made))
    assert settings.items() >= {"recipe": "student", "seed": "3", "teachers": '["teacher", "other"]'}.items()
    assert circumstances.items() >= {"machine": "a GPU", "keras": "3.15"}.items()
    assert circumstances["training"].startswith("61 s")
    assert "`make networks PROFILE=fer2013` trains its teachers and it anew" in made
    assert "the weights of `teacher`" in made
    assert "2 teachers (`teacher`, `other`)" in made
    assert "2.500, fitted to PublicTest" in made
    assert "tensorflow" not in made
    assert "(1, 3; seed 3 ships)" in card["How good it is"]
    assert "- `teacher` began with dlib's face recogniser" in card["Licence"]
    assert "VGG Face and FaceScrub" in card["Licence"]


def test_a_network_that_knows_all_faces_counts_them_whatever_it_is_asked(shelf, home):
    """It learned seven expressions, of which a model of five is a part: fear and neutral faces taught it, too."""
    about = {"network": "student", "target": "emotion5", "temperature": 1.0, "classes": EMOTIONS[:5], "inputs": {}}
    keep_record("student")
    scored = views("PrivateTest", 0, False)
    metrics = {"scored": {"params": 1, "test": scored, "validation": scored}, "tencrop": None, "seeds": {}}
    card = cards.of_expressions("a", {**about, "bytes": 1}, networks.described("student"), metrics)
    assert "| 28,709 |" in card
    assert cards.faces("Training", "emotion5") < cards.faces("Training", "emotion7") == 28_709


@pytest.mark.parametrize("name", [name for name in pretrained.names() if "network" in pretrained.describe(name)])
def test_the_cards_of_networks_that_ship_say_what_is_recorded(name):
    card = (pretrained.folder_of(name) / "card.md").read_text(encoding="utf-8")
    assert models.renewed(name) == card, "`make readme` writes the cards anew"


def test_a_description_says_what_a_caller_needs(trained, shelf):
    models.publish(NAME, "fer2013")
    file = (shelf / NAME / "model.keras").read_bytes()
    assert pretrained.describe(NAME) == {
        "model": "small",
        "target": "emotion7",
        "classes": list(EMOTIONS),
        "inputs": {"picture": [8, 8, 1]},
        "sources": {"picture": ["faces", "faces", "image"]},
        "sha256": hashlib.sha256(file).hexdigest(),
        "bytes": len(file),
    }


def test_publishing_again_replaces_all_of_it(trained, shelf):
    evaluate(saved_as="small_tencrop")
    models.publish(NAME, "fer2013")
    trained.metrics("small_tencrop-emotion7").unlink()
    models.publish(NAME, "fer2013")
    assert {path.name for path in (shelf / NAME).iterdir()} == {"model.keras", "model.json", "metrics.json", "card.md"}
    assert pretrained.names() == [NAME]


def test_it_ships_for_litert_too_if_asked(trained, shelf):
    models.publish(NAME, "fer2013", light=True)
    assert pretrained.describe(NAME)["light"] == {
        "sha256": hashlib.sha256((shelf / NAME / "model.tflite").read_bytes()).hexdigest(),
        "bytes": (shelf / NAME / "model.tflite").stat().st_size,
    }
    faces = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1))
    light = pretrained.load(NAME, light=True)
    np.testing.assert_allclose(light({"picture": faces}), pretrained.load(NAME).predict(faces, verbose=0), atol=1e-3)
    assert "model.tflite" in (shelf / NAME / "card.md").read_text(encoding="utf-8")
    (shelf / NAME / "model.tflite").write_bytes(b"something else")
    with pytest.raises(ValueError, match="model.tflite is not the file that was published"):
        pretrained.load(NAME, light=True)


def test_where_no_file_for_litert_ships_keras_opens_it(trained, shelf):
    models.publish(NAME, "fer2013")
    assert isinstance(pretrained.load(NAME, light=True), keras.Model)


def test_a_changed_byte_is_noticed_before_the_file_is_opened(trained, shelf, monkeypatch):
    path = models.publish(NAME, "fer2013") / "model.keras"
    expected = store.digest(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    monkeypatch.setattr(store, "open_model", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(
        ValueError, match=f"sha256 is {store.digest(path)}, expected {expected}; `git checkout"
    ) as error:
        pretrained.load(NAME)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_another_shape_than_described_is_refused_with_both(trained, shelf):
    models.publish(NAME, "fer2013")
    about = pretrained.describe(NAME) | {"inputs": {"picture": [48, 48, 1]}}
    store.save_json(about, shelf / NAME / "model.json")
    with pytest.raises(ValueError, match=r"takes picture \(8, 8, 1\), but model.json says picture \(48, 48, 1\)$"):
        pretrained.load(NAME)


@pytest.mark.parametrize("call", [pretrained.load, pretrained.describe, pretrained.scores])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("large-emotion7", "there is no pretrained large-emotion7: there are small-emotion7"),
        ("small", "there is no pretrained small: there are small-emotion7"),
        ("small-happy", "the pretrained small has no target happy: it has emotion7"),
        ("../shelf/small-emotion7", "there is no pretrained ../shelf/small-emotion7: there are small-emotion7"),
    ],
)
def test_an_unknown_name_is_refused_with_those_there_are(call, name, message, trained):
    models.publish(NAME, "fer2013")
    with pytest.raises(ValueError) as error:
        call(name)
    assert str(error.value) == message


def test_where_nothing_ships_that_is_said(shelf):
    with pytest.raises(ValueError, match="there is no pretrained small-emotion7: there are none yet"):
        pretrained.load(NAME)


def test_a_model_over_the_limit_is_refused_and_nothing_is_written(trained, shelf, monkeypatch):
    size = trained.model(NAME).stat().st_size
    monkeypatch.setattr(models, "MODEL_LIMIT", size - 1)
    with pytest.raises(ValueError, match=f"small-emotion7 has {size:,} bytes, and {size - 1:,} may ship"):
        models.publish(NAME, "fer2013")
    assert list(shelf.iterdir()) == []
    monkeypatch.setattr(models, "MODEL_LIMIT", size)
    assert models.publish(NAME, "fer2013").exists()


def test_all_that_ships_keeps_within_its_limit_and_a_model_is_not_counted_twice(trained, shelf, monkeypatch):
    folder = models.publish(NAME, "fer2013")
    total = sum(path.stat().st_size for path in folder.iterdir())
    (shelf / "other").mkdir()
    (shelf / "other" / "model.keras").write_bytes(bytes(1000))
    monkeypatch.setattr(models, "TOTAL_LIMIT", total + 1000)
    models.publish(NAME, "fer2013")
    monkeypatch.setattr(models, "TOTAL_LIMIT", total + 999)
    with pytest.raises(ValueError, match=f"with small-emotion7, .* would have {total + 1000:,} bytes"):
        models.publish(NAME, "fer2013")
    assert store.digest(folder / "model.keras") == pretrained.describe(NAME)["sha256"]


@pytest.mark.parametrize("stale", ["small", "small_tencrop"])
def test_scores_of_an_earlier_training_are_refused(stale, trained):
    evaluate(saved_as=stale)
    train()
    for fresh in {"small", "small_tencrop"} - {stale}:
        evaluate(saved_as=fresh)
    with pytest.raises(ValueError, match=f"{stale}-emotion7.json has the scores of another small-emotion7.keras"):
        models.publish(NAME, "fer2013")


def test_scores_of_other_faces_than_fer2013s_are_refused(trained):
    few = metrics.score_views(np.arange(7), np.eye(7), EMOTIONS, np.arange(7), np.ones(7, bool), None)
    evaluate(test=few)
    with pytest.raises(ValueError, match="scored on 7 test faces where FER2013's PrivateTest has 3,589"):
        models.publish(NAME, "fer2013")


@pytest.mark.parametrize("name", [NAME, "keypoint_resnet-keypoints15"])
def test_models_of_sampled_faces_are_refused(name, shelf):
    where = Run("48_keypoint_resnet", {"profile": "sample"})
    where.save_model(network(), name)
    where.open_model(name, "the test")
    model, _, target = name.rpartition("-")
    where.save_metrics({"model": model, "target": target})
    with pytest.raises(ValueError, match="the faces of sample are sampled: only models of real ones ship"):
        models.publish(name, "sample")


def test_keypoints_ship_under_the_name_of_what_they_are(shelf):
    picture = keras.Input((8, 8, 1), name="picture")
    points = keras.layers.Reshape((15, 2))(keras.layers.Dense(30)(keras.layers.Flatten()(picture)))
    run = Run("48_keypoint_resnet", {"profile": "fer2013"})
    path = run.save_model(
        keras.Model(picture, points), "keypoint_resnet-keypoints15", starts_from="nothing",
        inputs={"picture": ["faces", "keypoints", "image"]},
    )  # fmt: skip
    run.reads(path)
    truth = np.random.default_rng(0).uniform(0, 8, (9, 15, 2))
    view = keypoints.score(truth, truth + 1, np.arange(9))
    run.save_metrics({
        "model": "keypoint_resnet", "target": "keypoints15", "points": list(KEYPOINTS15), "params": 1950,
        "faces": {"bioid": {"train": 1, "validation": 2, "test": 9}}, "test": {"all": view},
        "detectors": {"same_faces": {"network": view}},
    })  # fmt: skip
    run.save_metrics({
        "model": "keypoint_resnet_without_bioid", "target": "keypoints15", "left_out": "bioid", "test": {"all": view},
        "test_without_offsets": {"all": keypoints.score(truth, truth + 0.5, np.arange(9))},
    })  # fmt: skip
    assert models.publish("keypoint_resnet-keypoints15", "fer2013") == shelf / "keypoints15"
    line = next(line for line in (shelf / "keypoints15" / "card.md").read_text().splitlines() if "| 0.500 (" in line)
    assert line.startswith("| BioID Face Database")
    assert "| 9 | 9 | 1.000 (" in line
    assert pretrained.names() == ["keypoints15"]
    assert pretrained.load("keypoints15").output_shape == (None, 15, 2)
    assert pretrained.describe("keypoints15")["points"] == list(KEYPOINTS15)
    (row,) = [line for line in call("models").output.splitlines() if "keypoints15" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")][1:4:2] == ["15 points", "1.00 px"]


@pytest.fixture
def eyes(shelf) -> BaseEstimator:
    """An estimator of eye states that is trained, scored and published."""
    rng = np.random.default_rng(0)
    state = rng.integers(0, 4, 200)
    numbers = (0.1 * state + rng.normal(0, 0.02, 200))[:, None] * [1, 0.8]  # height and area of an eye
    estimator = eye_states.build().fit(numbers, state)
    run = Run("47_train_eye_state", {"profile": "fer2013"})
    kept = run.save_estimator(
        estimator, "eye_state-eye_state", inputs={"eyes": ["features", "eye_state", "value"]}, alpha=1.0
    )
    run.reads(kept)
    probabilities, group = estimator.predict_proba(numbers), np.arange(200)
    of_eyes = metrics.score_views(state, probabilities, EYE_STATES, group, group >= 0, None)
    scores = {name: view | ordinal.score(state, probabilities, group) for name, view in of_eyes.items()}
    run.save_metrics({
        "model": "eye_state", "target": "eye_state", "classes": list(EYE_STATES), "test": scores, "params": 5,
        "eyes": {"sampled": {"train": 12, "validation": 34, "test": 56}},
    })  # fmt: skip
    models.publish("eye_state-eye_state", "fer2013")
    return estimator


def test_eye_states_ship_under_the_name_of_what_they_are(eyes):
    assert pretrained.names() == ["eye_state"]
    numbers = np.random.default_rng(1).uniform(0, 0.5, (9, 2))
    np.testing.assert_array_equal(pretrained.load("eye_state").predict_proba(numbers), eyes.predict_proba(numbers))
    (row,) = [line for line in call("models").output.splitlines() if "eye_state" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")][1] == "4 classes"


def test_the_card_of_eye_states_says_whose_eyes_taught_it_and_opens_it(eyes, shelf):
    card = sections((shelf / "eye_state" / "card.md").read_text(encoding="utf-8"))
    ((taught,),) = tables(card["What it learned from"])
    assert taught == ["drawn from the built-in face model: people who do not exist", "12", "34", "56"]
    (example,) = re.findall(r"```python\n(.+?)```", card["How to open it"], re.S)
    given = {}
    exec(example, given)
    assert given["probabilities"].shape == (1, 4)


def test_a_model_that_nobody_scored_is_refused_with_the_notebook_that_does(shelf):
    train()
    with pytest.raises(FileNotFoundError, match=r"small-emotion7.json is not there: run 50_evaluation first"):
        models.publish(NAME, "fer2013")


def sections(card: str) -> dict[str, str]:
    """Heading -> text."""
    parts = re.split(r"^#+ (.*)\n", card, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def tables(text: str) -> list[list[list[str]]]:
    """Tables in Markdown as rows of cells, without their heads."""
    found = re.findall(r"^\|.*\n\|[-|]+\n((?:\|.*\n)*)", text + "\n", flags=re.M)
    rows = [re.findall(r"^\| (.*) \|$", body, flags=re.M) for body in found]
    return [[[cell.replace(r"\|", "|") for cell in re.split(r" \| ", row)] for row in body] for body in rows]


def numbers(cells: list[str]) -> list[float]:
    return [float(number) for cell in cells for number in re.findall(r"\d+(?:\.\d+)?", cell)]


def of_view(view: dict) -> list[float]:
    """The numbers of a row of the card's table of scores."""
    triples = [[view[name], *view[f"{name}_ci95"]] for name in ("accuracy", "balanced_accuracy", "macro_f1")]
    return [view["n"], *np.ravel(triples), view["ece"]]


@pytest.fixture
def card(trained) -> dict[str, str]:
    """The card of a model of pixels, with ten views and two more seeds."""
    evaluate(saved_as="small_tencrop", seed=9)
    for seed in (1, 2):
        train(f"small_seed{seed}-emotion7", seed)
        evaluate(f"small_seed{seed}-emotion7", f"small_seed{seed}", seed)
        evaluate(f"small_seed{seed}-emotion7", f"small_seed{seed}_tencrop", seed + 10)
    return sections((models.publish(NAME, "fer2013") / "card.md").read_text(encoding="utf-8"))


def test_the_card_says_what_goes_in_and_what_comes_out(card):
    assert tables(card[NAME]) == [[["picture", "8 × 8 × 1", "grey levels, 0 to 255", "faces / faces / image"]]]
    assert f"in this order: {', '.join(EMOTIONS)}." in card[NAME]


def test_the_card_of_a_model_of_two_inputs_says_where_each_comes_from(shelf):
    train(build=network_with_distances)
    evaluate()
    card = sections((models.publish(NAME, "fer2013") / "card.md").read_text(encoding="utf-8"))
    picture, distances = tables(card[NAME])[0]
    assert picture == ["picture", "8 × 8 × 1", "grey levels, 0 to 255", "faces / faces / image"]
    assert distances == ["distances", "5", "as in the dataset", "features / distances_all / value"]


@pytest.mark.parametrize("build", [network, network_with_distances])
def test_the_lines_that_open_it_run_as_they_stand(build, shelf):
    train(build=build)
    evaluate()
    card = (models.publish(NAME, "fer2013") / "card.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", card, flags=re.S)
    there = {}
    exec(code, there)
    assert there["probabilities"].shape == (1, 7)
    assert there["probabilities"].sum() == pytest.approx(1)


def test_the_card_counts_the_faces_of_each_part(card):
    (rows,) = tables(card["What it learned from"])
    assert [(part, n) for part, _, n in rows] == [
        ("Training", "28,709"),
        ("PublicTest", "3,589"),
        ("PrivateTest", "3,589"),
    ]


def test_the_card_has_every_parameter_and_what_it_was_made_with(card, trained):
    made = store.open_json(trained.model(NAME, ".json"))["provenance"]
    parameters, circumstances = map(dict, tables(card["How it was trained"]))
    text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in made["parameters"].items()}
    assert parameters == text
    assert {"seed", "recipe"} <= set(parameters)
    assert circumstances["commit"].startswith(made["commit"])
    assert circumstances["training"] == f"{made['seconds']:,.0f} s"
    assert circumstances["backend"] == made["backend"]
    assert circumstances.items() >= made["packages"].items()
    assert circumstances["cores"] == str(made["machine"]["cores"])
    assert "43_train_pixels.ipynb" in card["How it was trained"]


def test_the_card_has_the_scores_with_their_intervals(card, trained):
    rows = {name: numbers(cells) for name, *cells in tables(card["How good it is"])[0]}
    assert list(rows) == ["all", "clean", "all, ten views", "clean, ten views"]
    for name, found in rows.items():
        view = views("PrivateTest", 9 if "ten" in name else 0, False)[name.split(",")[0]]
        assert found == pytest.approx(of_view(view), abs=6e-4)


def test_the_card_names_the_file_with_the_ten_crops(card, shelf):
    assert "small_tencrop-emotion7" in card["How good it is"]
    assert store.open_json(shelf / NAME / "metrics_tencrop.json")["model"] == "small_tencrop"


def test_the_card_has_mean_and_spread_over_seeds(card):
    rows = {name: numbers(cells) for name, *cells in tables(card["How good it is"])[1]}
    assert list(rows) == ["all", "clean"]
    for name, found in rows.items():
        runs = [views("PrivateTest", seed, False)[name] for seed in (0, 1, 2)]
        values = np.array([[run[m] for m in ("accuracy", "balanced_accuracy", "macro_f1", "ece")] for run in runs])
        assert found[::2] == pytest.approx(values.mean(0), abs=6e-4)
        assert found[1::2] == pytest.approx(values.std(0, ddof=1), abs=6e-4)


def test_a_training_with_other_parameters_is_no_other_seed_of_this_one(shelf):
    train()
    evaluate()
    run = Run("43_train_pixels", {"profile": "fer2013", "seed": 1, "epochs": 99})
    run.save_model(network(), "small_seed1-emotion7", inputs={"picture": ["faces", "faces", "image"]}, landmarks=None)
    evaluate("small_seed1-emotion7", "small_seed1", 1)
    assert "seeds" not in (models.publish(NAME, "fer2013") / "card.md").read_text(encoding="utf-8")


def test_the_card_has_the_scores_of_each_class(card):
    rows = {name: numbers(cells) for name, *cells in tables(card["How good it is"])[2]}
    per_class = views("PrivateTest", 0, False)["all"]["per_class"]
    assert list(rows) == list(EMOTIONS)
    for name, found in rows.items():
        assert found == pytest.approx([per_class[name][k] for k in ("precision", "recall", "f1", "n")], abs=6e-4)


@pytest.mark.parametrize(
    "words", ["annotators", "48x48", "2013", "not balanced", "not know what a person feels", "decide"]
)
def test_the_card_says_what_it_is_not_for(words, card):
    assert words in card["Limits"]


def test_the_card_of_a_model_of_pixels_speaks_of_no_landmarks_and_no_other_weights(card):
    assert "Database Contents License" in card["Licence"]
    assert not re.search("dlib|300-W|starts from", card["Licence"])


def test_the_card_says_whose_weights_and_landmarks_it_stands_on(shelf):
    train(starts_from="dlib's recogniser (King, 2017; CC0 1.0)", landmarks="dlib68")
    evaluate(landmarks=True, undetected="the whole picture is taken for the face's box")
    card = sections((models.publish(NAME, "fer2013") / "card.md").read_text(encoding="utf-8"))
    assert "starts from dlib's recogniser (King, 2017; CC0 1.0)." in card["Licence"]
    assert "300-W, whose licence excludes commercial use" in card["Licence"]
    rows, _ = tables(card["How good it is"])
    assert [name for name, *_ in rows] == ["all", "clean", "detected"]
    assert "the whole picture is taken for the face's box" in card["How good it is"]


def call(*arguments):
    return CliRunner(env={"COLUMNS": "250"}).invoke(cli.app, arguments)


def test_the_command_publishes_and_lists(trained):
    result = call("publish", NAME)
    assert result.exit_code == 0, result.output
    (row,) = [line for line in call("models").output.splitlines() if NAME in line]
    test = views("PrivateTest", 0, False)
    size = f"{trained.model(NAME).stat().st_size / 1e6:.1f} MB"
    accuracy = [f"{test[view]['accuracy']:.3f}" for view in ("all", "clean")]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        NAME,
        "7 classes",
        size,
        *accuracy,
    ]


@pytest.mark.parametrize(
    ("name", "message"), [("none-happy", "none-happy.keras is not there"), (NAME, "50_evaluation")]
)
def test_the_command_says_what_is_missing(name, message, shelf):
    train()
    result = call("publish", name)
    assert result.exit_code == 2
    assert message in result.output
