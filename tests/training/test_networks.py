import io
import shutil
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from mien.engine import paths, store, xla
from mien.faces.table import as_faces
from mien.sources import packed
from mien.training import __main__ as main
from mien.training import networks
from mien.training.__main__ import app
from mien.training.augmentation import Recipe
from mien.training.fitting import NotFinite
from mien.training.recipes import pixels
from mien.training.recipes.pixels import Pixels
from mien.vocabulary import labels

pytestmark = pytest.mark.usefixtures("eagerly")

TINY = {"network": "small", "values": {"width": 48, "channels": 16}, "batch": 8, "epochs": 1}


@pytest.fixture
def recipes(monkeypatch):
    """A teacher and its student."""
    student = Pixels(changes=Recipe(mixup=0.2), teachers=("teacher",), start="teacher", seed=1, **TINY)
    found = {"teacher": Pixels(**TINY), "student": student}
    for module in (networks, pixels):
        monkeypatch.setattr(module, "RECIPES", found)
    monkeypatch.setattr(networks, "STUDENTS", {"student": student})
    before = keras.config.dtype_policy()
    yield found
    keras.config.set_dtype_policy(before)


@pytest.fixture
def faces():
    """Noise of seven expressions; the last three validation faces are copies of training faces."""
    rng, n = np.random.default_rng(0), 30
    splits = ["train"] * 20 + ["validation"] * 10
    table = as_faces(rng.integers(0, 256, (n, 48, 48)), np.arange(n) % 7, splits, [str(i) for i in range(n)], "noise")
    return table.assign_coords(group=("face", [*range(27), 0, 1, 2]))


def test_a_teacher_and_its_student_leave_networks_and_records(recipes, faces, tmp_path):
    bench = networks.Bench(faces)
    networks.train("teacher", bench, tmp_path, None, 1, None, answered=2)
    record = networks.train("student", bench, tmp_path, None, 1, None, answered=0)
    assert record["validation"] == store.open_json(tmp_path / "student" / "record.json")["validation"]
    assert (record["teachers"], record["start"], record["passes"]) == (("teacher",), "teacher", 1)
    assert np.load(tmp_path / "teacher" / "answers.npy").shape == (2, 2, 8, 7)
    ten = np.load(tmp_path / "student" / "validation.npy")
    np.testing.assert_allclose(ten.sum(axis=1), 1, rtol=1e-4)
    network = store.open_model(tmp_path / "student" / "model.keras")
    one = network.predict(faces["image"].values[20:, ..., None].astype(np.float32), verbose=0).argmax(axis=1)
    assert record["validation"]["one"]["all"] == pytest.approx((one == np.arange(20, 30) % 7).mean())


def test_a_device_that_is_too_small_takes_batches_in_parts(recipes, monkeypatch, tmp_path, capsys):
    rng, n = np.random.default_rng(0), 140
    split = ["train"] * 128 + ["validation"] * 12
    table = as_faces(rng.integers(0, 256, (n, 48, 48)), np.arange(n) % 7, split, [str(i) for i in range(n)], "noise")
    recipes["teacher"] = Pixels(**TINY | {"batch": 128})
    monkeypatch.setattr(networks, "STUDENTS", {"student": Pixels(**TINY | {"batch": 128})})
    fit, sizes = networks.fit, []

    def small(model, draws, *args, **options):
        sizes.append(len(draws[0][1]))
        if sizes[-1] > 32:
            raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 9 bytes.")
        return fit(model, draws, *args, **options)

    monkeypatch.setattr(networks, "fit", small)
    networks.train("teacher", networks.Bench(table), tmp_path, None, 1, None, answered=1)
    assert sizes == [128, 64, 32]
    assert "teacher: the device is too small for batches of 128: takes them in 4 parts" in capsys.readouterr().out
    assert np.load(tmp_path / "teacher" / "answers.npy").shape == (1, 1, 128, 7)

    monkeypatch.setattr(networks, "fit", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("out of memory")))
    with pytest.raises(RuntimeError, match="out of memory"):
        networks.train("teacher", networks.Bench(table), tmp_path / "none", None, 1, None, answered=0)
    monkeypatch.setattr(networks, "fit", lambda *given, **_: sizes.append(len(given[1][0][1])) or fit(*given, **_))
    recipes["teacher"] = Pixels(**TINY | {"batch": 128})
    networks.train("teacher", networks.Bench(table), tmp_path, None, 1, None, answered=2)
    assert sizes[-1] == 32, "with as many parts as before, since the optimiser of others has other variables"


def test_a_training_that_is_whole_is_neither_repeated_nor_prolonged(recipes, faces, tmp_path, capsys):
    bench, files = networks.Bench(faces), ("record.json", "model.keras", "answers.npy")
    for minutes in (None, 1e-4):
        networks.train("teacher", bench, tmp_path, minutes, 1, None, answered=1)
        written = [(tmp_path / "teacher" / file).stat().st_mtime_ns for file in files]
        networks.train("teacher", bench, tmp_path, minutes, 1, None, answered=1)
        assert [(tmp_path / "teacher" / file).stat().st_mtime_ns for file in files] == written
        assert "teacher: is trained, and nothing that decides it has changed" in capsys.readouterr().out


def test_a_training_that_something_else_decides_begins_anew(recipes, faces, tmp_path, capsys):
    def trained(**other):
        recipes["teacher"] = Pixels(**TINY | other)
        record = networks.train("teacher", networks.Bench(faces), tmp_path, None, 1, None, answered=0)
        return record, "so it begins anew" in capsys.readouterr().out

    first, _ = trained()
    other, anew = trained(seed=7)
    assert (anew, other["seed"], other["history"] != first["history"]) == (True, 7, True)
    faces["image"].values[0] += 1
    assert trained(seed=7)[1]
    assert first["provenance"]["inputs"]["faces"] != trained(seed=7)[0]["provenance"]["inputs"]["faces"]


def test_answers_that_do_not_fit_are_said_with_whose_they_are(recipes, faces, tmp_path):
    bench, file = networks.Bench(faces), tmp_path / "teacher" / "answers.npy"
    networks.train("teacher", bench, tmp_path, None, 1, None, answered=2)
    whole = np.load(file)
    np.save(file, whole[:, :1])
    with pytest.raises(ValueError, match=r"teacher: its answers are \(2, 1, 8, 7\) .* expected \(2, 2, 8, 7\) "):
        networks.train("student", bench, tmp_path, None, 1, None, answered=0)
    np.save(file, whole)
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"answers.npy is not whole .*`python -m mien.training teacher --out"):
        networks.train("student", bench, tmp_path, None, 1, None, answered=0)


def test_a_step_of_parts_is_a_step_of_the_batch():
    """Whatever the parts, the gradient is that of the whole batch."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 5)).astype(np.float32), np.eye(3, dtype=np.float32)[rng.integers(0, 3, 64)]
    weights = []
    for parts in (1, 2):
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, kernel_initializer="zeros")])
        Pixels("small", rate=0.1, average=0.0).compile(model, parts)
        model.fit(x, y, batch_size=64 // parts, epochs=3, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for whole, half in zip(*weights, strict=True):
        np.testing.assert_allclose(half, whole, atol=1e-6)


def test_a_network_is_opened_where_it_is_what_its_recipe_made(recipes, faces, home, monkeypatch):
    monkeypatch.setattr(paths, "networks", lambda: home / "ships")
    with pytest.raises(FileNotFoundError, match="`make networks PROFILE=smoke` trains it"):
        networks.opened("teacher", "smoke")
    trained = paths.Paths("smoke").networks()
    networks.train("teacher", networks.Bench(faces), trained, None, 1, None, answered=0)
    network, record, file = networks.opened("teacher", "smoke")
    assert (network.count_params(), file) == (record["params"], trained / "teacher" / "model.keras")
    shutil.copytree(trained / "teacher", home / "ships" / "teacher")
    assert networks.opened("teacher", "smoke")[2] == home / "ships" / "teacher" / "model.keras"

    recipes["teacher"] = Pixels(**TINY | {"batch": 4})
    with pytest.raises(
        ValueError, match=rf"another recipe \(batch 8, now 4\): .* anew; copy it, .* {home}/ships/teacher$"
    ):
        networks.opened("teacher", "smoke")
    recipes["teacher"] = Pixels(**TINY)
    with (home / "ships" / "teacher" / "model.keras").open("ab") as end:
        end.write(b"more")
    for told in (record, {key: value for key, value in record.items() if key != "sha256"}):
        store.save_json(told, home / "ships" / "teacher" / "record.json")
        with pytest.raises(ValueError, match=r"is not what record.json beside it was written for"):
            networks.opened("teacher", "smoke")


def damaged_model(folder):
    store.save_json({**store.open_json(folder / "record.json"), "sha256": "another"}, folder / "record.json")


def cut_record(folder):
    (folder / "record.json").write_text('{"recipe": "tea')


def no_record(folder):
    (folder / "record.json").unlink()


@pytest.mark.parametrize("damage", [damaged_model, cut_record, no_record])
def test_a_damaged_network_is_refused_with_what_mends_it(damage, recipes, faces, home, monkeypatch):
    monkeypatch.setattr(paths, "networks", lambda: home / "ships")
    trained, ships = paths.Paths("smoke").networks() / "teacher", home / "ships" / "teacher"
    networks.train("teacher", networks.Bench(faces), trained.parent, None, 1, None, answered=0)
    shutil.copytree(trained, ships)
    damage(ships)  # what was trained here does not help, since what ships is opened first
    with pytest.raises(
        ValueError, match=rf"^{ships}/model.keras .*record.json.*: `git checkout -- {ships}` restores both$"
    ):
        networks.opened("teacher", "smoke")
    shutil.rmtree(ships)
    damage(trained)
    with pytest.raises(ValueError, match=rf"^{trained}/model.keras .*: `make networks PROFILE=smoke` trains it anew$"):
        networks.opened("teacher", "smoke")


@pytest.mark.parametrize("name", [path.parent.name for path in paths.networks().glob("*/model.keras")])
def test_what_ships_is_what_its_recipe_made(name):
    network, record, _ = networks.opened(name, "fer2013")
    assert network.count_params() == record["params"]
    assert network.output_shape == (None, 7)


def test_copies_of_training_faces_choose_nothing(faces):
    bench = networks.Bench(faces)
    answers = np.eye(7)[np.arange(20, 30) % 7]
    answers[7:] = np.roll(answers[7:], 1, axis=1)  # wrong where the face is a copy
    assert bench.scores(answers) == pytest.approx({"all": 0.7, "clean": 1.0})


def refused(*words) -> str:
    """What the command says, in a line, of what it does not begin."""
    said = CliRunner().invoke(app, [str(word) for word in words])
    assert said.exit_code == 2, said.output
    (line,) = said.output.splitlines()
    return line


@pytest.mark.parametrize("answered", [(), ("answers.npy",), ("answers.npy", "validation.npy")])
def test_a_student_says_at_once_which_teachers_are_missing_and_what_trains_them(answered, recipes, tmp_path):
    (tmp_path / "teacher").mkdir()
    for file in answered:  # a start needs the network, too
        (tmp_path / "teacher" / file).touch()
    line = refused("student", "--out", tmp_path)
    assert line == (
        f"mien: {tmp_path} lacks networks that teach student, or their answers: teacher. "
        f"`python -m mien.training teacher --out {tmp_path} --answers 36` trains them"
    )


def test_teachers_that_are_trained_first_are_not_missing_if_they_answer(recipes, tmp_path):
    networks.check_teachers(["student", "teacher"], tmp_path, 2)
    with pytest.raises(ValueError, match=r"or their answers: teacher"):
        networks.check_teachers(["student", "teacher"], tmp_path, 0)
    (tmp_path / "teacher").mkdir()
    for file in ("answers.npy", "validation.npy", "model.keras"):
        (tmp_path / "teacher" / file).touch()
    networks.check_teachers(["student"], tmp_path, 0)


def test_an_unknown_recipe_is_refused_with_those_there_are():
    assert refused("vgg_z", "--out", "anywhere").startswith("mien: there is no recipe vgg_z: there are teachers, ")


@pytest.mark.parametrize("minutes", ["0", "-3", "nan", "inf"])
def test_a_training_of_no_time_or_without_end_is_refused(minutes, recipes, tmp_path):
    assert f"--minutes {minutes}: expected more than 0" in refused("teacher", "--out", tmp_path, "--minutes", minutes)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("option", ["--passes=0", "--answers=-1"])
def test_passes_and_answers_that_are_none_are_refused(option, recipes, tmp_path):
    said = CliRunner().invoke(app, ["teacher", "--out", str(tmp_path), option])
    assert (said.exit_code, option.partition("=")[0] in said.output) == (2, True)
    assert [*tmp_path.iterdir()] == []


def test_a_place_that_cannot_be_written_to_is_refused(recipes, tmp_path):
    (tmp_path / "file").touch()
    line = refused("teacher", "--out", tmp_path / "file")
    assert line.startswith(f"mien: --out {tmp_path / 'file'} cannot be written to (")


@pytest.mark.parametrize("names", [["teacher"], ["teacher", "student"]])
def test_faces_that_are_missing_are_said_once_before_any_training(names, recipes, home, tmp_path):
    packed, options = tmp_path / "no.npz", ["--out", tmp_path, "--answers", "1"]
    assert refused(*names, *options, "--faces", packed).startswith(f"mien: --faces {packed} is not there")
    assert "10_extract_faces" in refused(*names, *options, "--profile", "smoke")
    assert "--start" in refused(*names, *options, "--start", tmp_path / "no.keras")


def test_a_loss_that_is_no_number_ends_in_a_line(recipes, faces, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise NotFinite("the loss is nan in epoch 2 at batch 3 of 4")

    monkeypatch.setattr(networks, "fit", stop)
    monkeypatch.setattr(main, "_faces", lambda *_: faces)
    said = CliRunner().invoke(app, ["teacher", "--out", str(tmp_path)])
    assert said.exit_code == 1
    assert said.output.splitlines()[-1] == "mien: teacher: the loss is nan in epoch 2 at batch 3 of 4"


def test_a_state_that_is_set_aside_is_said_in_a_line(recipes, faces, tmp_path, monkeypatch):
    networks.train("teacher", networks.Bench(faces), tmp_path, None, 1, None, answered=0)
    (state,) = (tmp_path / "teacher").glob("states-*/epoch-00001")
    (state / "history.csv").write_text("accuracy")
    (tmp_path / "teacher" / "record.json").unlink()
    monkeypatch.setattr(main, "_faces", lambda *_: faces)
    said = CliRunner().invoke(app, ["teacher", "--out", str(tmp_path)])
    assert said.exit_code == 0, said.output
    (line,) = [line for line in said.output.splitlines() if "cannot be read" in line]
    assert line.startswith(f"{state} cannot be read (")
    assert "Warning" not in said.output


def test_the_help_names_every_recipe():
    words = CliRunner(env={"COLUMNS": "120"}).invoke(app, ["--help"]).output.replace(",", " ").replace(".", " ").split()
    assert set(pixels.RECIPES) <= set(words)


def test_it_trains_by_a_file_that_travels(recipes, faces, tmp_path):
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as file:
        for i, picture in enumerate(faces["image"].values):  # the i-th is named i
            content = io.BytesIO()
            Image.fromarray(picture).save(content, "JPEG")
            file.writestr(f"train/{labels.EMOTIONS[i % 7]}/{i}.jpg", content.getvalue())
    packed.pack(tmp_path / "archive.zip", faces, tmp_path / "faces.npz")
    said = CliRunner().invoke(app, ["teacher", "--out", str(tmp_path), "--faces", str(tmp_path / "faces.npz")])
    assert said.stdout.splitlines()[-1].startswith("teacher: 1 passes; validation, views: one 0.")
    assert store.open_json(tmp_path / "teacher" / "record.json")["passes"] == 1


def test_teachers_come_before_students(recipes, faces, tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(xla, "accelerated", lambda: True)
    monkeypatch.setattr(main, "_side_by_side", lambda names, options, out: called.append(names) or 0)
    monkeypatch.setattr(pixels, "STUDENTS", {"student": recipes["student"]})
    monkeypatch.setattr(pixels, "TEACHERS", {"teacher": recipes["teacher"]})
    monkeypatch.setattr(main, "_faces", lambda *_: faces)
    words = ["students", "teachers", "--out", str(tmp_path), "--answers", "1"]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert called == [["teacher"], ["student"]]
