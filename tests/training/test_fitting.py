import os
import subprocess
import sys
import warnings
from pathlib import Path

import archspec.cpu.detect
import keras
import numpy as np
import pandas as pd
import psutil
import pytest
from keras_tuner import HyperParameters

from mien import training
from mien.engine import progress
from mien.training import fitting, point_augmentation, states
from mien.training.augmentation import Augmented, Recipe

pytestmark = pytest.mark.usefixtures("eagerly")


def test_weights_of_full_power_make_classes_weigh_alike():
    labels = np.repeat([0, 1, 2], [10, 40, 250])
    weights = training.class_weights(labels, power=1)
    assert np.allclose([10 * weights[0], 40 * weights[1], 250 * weights[2]], 100)


def test_weights_without_power_leave_faces_alike():
    assert training.class_weights(np.array([0, 0, 1]), power=0) == {0: 1, 1: 1}


def test_a_class_that_no_training_face_shows_is_named_and_the_others_are_learned():
    names = ("angry", "disgust", "fear", "happy")
    with pytest.warns(UserWarning, match=r"no training face is labelled disgust, happy \(3 faces in all\)"):
        training.check_classes(np.array([0, 0, 2]), names)
    with warnings.catch_warnings(action="error"):
        training.check_classes(np.array([0, 1]), ("other", "happy"))


def test_too_few_classes_to_learn_are_refused():
    with pytest.raises(ValueError, match="labelled disgust, fear .*: add some"):
        training.check_classes(np.array([0, 0]), ("angry", "disgust", "fear"))
    with pytest.raises(ValueError, match="labelled wide"):
        training.check_classes(np.array([0, 1]), ("closed", "open", "wide"), least=3)


def bright_or_dark(n=64):
    """Pictures whose class is their brightness, and their one-hot labels."""
    rng = np.random.default_rng(0)
    label = np.arange(n) % 2
    pictures = (60 + 120 * label[:, None, None] + rng.integers(-40, 40, (n, 12, 12))).astype(np.uint8)
    return pictures, np.eye(2, dtype=np.float32)[label]


def network(epochs, steps, rate=1e-2):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((12, 12, 1))
    x = keras.layers.Conv2D(4, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.Dropout(0.3)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, keras.layers.Dense(2)(x))
    hp = HyperParameters()
    hp.Fixed("learning_rate", rate)
    training.compile_classifier(model, hp, epochs * steps, warmup=0.1, average=0.1)
    return model


def fit(folder, epochs=12, batches=Augmented, rate=1e-2):
    pictures, labels = bright_or_dark()
    drawn = batches(pictures, labels, Recipe(light=0), 16)
    model = network(epochs, len(drawn), rate)
    history = training.fit(model, drawn, (pictures[..., None].astype(np.float32), labels), epochs, folder)
    return model, history


def test_the_weights_that_validate_best_are_kept(tmp_path):
    pictures, labels = bright_or_dark()
    model, history = fit(tmp_path)
    assert len(history["val_accuracy"]) == len(history["loss"]) == 12
    right = model.predict(pictures, verbose=0).argmax(axis=1) == labels.argmax(axis=1)
    assert max(history["val_accuracy"]) == pytest.approx(right.mean())
    assert right.mean() > 0.9


def test_a_training_draws_one_bar_and_prints_nothing_else(tmp_path, capsys):
    fit(tmp_path, epochs=3)
    out, err = capsys.readouterr()
    bars, rest = progress.split(err)
    assert [*dict.fromkeys(bars)][-1] == ("training, epochs", 3, 3)
    assert out == rest.strip() == ""


def last_history(folder):
    """A row an epoch, of the newest state."""
    return pd.read_csv(states.found(folder)[-1] / states.HISTORY, float_precision="round_trip")


class Interrupted(Augmented):
    """Stops in the middle of the fourth epoch, as by a power cut."""

    def __getitem__(self, batch):
        if self.epoch == 3 and batch == 2:
            raise RuntimeError("power cut")
        return super().__getitem__(batch)


def test_an_interrupted_training_goes_on_from_its_last_whole_epoch(tmp_path):
    with pytest.raises(Exception, match="power cut"):
        fit(tmp_path / "cut", epochs=5, batches=Interrupted)
    before = last_history(tmp_path / "cut")
    assert len(before) == 3
    _, history = fit(tmp_path / "cut", epochs=5)
    assert history["loss"][:3] == before["loss"].tolist()
    _, whole = fit(tmp_path / "whole", epochs=5)
    for measure in ("loss", "val_loss"):
        np.testing.assert_allclose(history[measure], whole[measure], rtol=1e-3)


class Killed(training.StopAtNaN):
    """Kills its own process in the middle of an epoch."""

    at = 0

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (self.at, 2):
            psutil.Process().kill()


def killed(folder, epoch):
    fitting.StopAtNaN, Killed.at = Killed, epoch
    fit(folder, epochs=4)


KILLS = """
import multiprocessing, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_fitting
processes = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")  # a fork need not import again
for epoch in (0, 2):
    one = processes.Process(target=test_fitting.killed, args=(Path(sys.argv[2]), epoch))
    one.start()
    one.join()
    epochs = [state.name for state in test_fitting.states.found(Path(sys.argv[2]))]
    print(f"killed {one.exitcode not in (0, 1)}, {epochs}", flush=True)
"""


def same_end(folder, epochs, whole):
    """Whether a training ends here with a row an epoch, and as one that nothing has disturbed."""
    model, history = fit(folder, epochs)
    undisturbed, expected = fit(whole, epochs)
    assert last_history(folder)["epoch"].tolist() == list(range(epochs))
    for measure in ("loss", "val_loss"):
        np.testing.assert_allclose(history[measure], expected[measure], rtol=1e-3)
    for weights, others in zip(model.get_weights(), undisturbed.get_weights(), strict=True):
        np.testing.assert_allclose(weights, others, rtol=1e-3, atol=1e-4)


def test_a_training_that_is_killed_in_its_first_epoch_and_in_a_later_one_ends_as_if_it_were_not(tmp_path):
    call = [sys.executable, "-c", KILLS, str(Path(__file__).parent), str(tmp_path / "killed")]
    said = subprocess.run(call, capture_output=True, text=True, check=False)
    ended = [line for line in said.stdout.splitlines() if line.startswith("killed")]
    assert ended == ["killed True, []", "killed True, ['epoch-00001', 'epoch-00002']"], said.stderr[-3000:]
    same_end(tmp_path / "killed", 4, tmp_path / "whole")


class PowerCut(BaseException):
    """Nothing handles it."""


def cut_off(monkeypatch, folder, owner, write, path_at):
    """Train until a file is half written."""

    def cut(*args, **options):
        Path(args[path_at]).write_bytes(b"half")
        raise PowerCut

    monkeypatch.setattr(owner, write, cut)
    with pytest.raises(PowerCut):
        fit(folder, 4)
    monkeypatch.undo()


def test_a_training_that_is_cut_off_in_any_of_its_writes_ends_as_if_it_were_not(tmp_path, monkeypatch):
    with pytest.raises(Exception, match="power cut"):
        fit(tmp_path / "cut", epochs=4, batches=Interrupted)
    for owner, write, path_at in ((keras.Model, "save_weights", 1), (np, "savez", 0), (pd.DataFrame, "to_csv", 1)):
        cut_off(monkeypatch, tmp_path / "cut", owner, write, path_at)
        assert len(last_history(tmp_path / "cut")) == 3
    same_end(tmp_path / "cut", 4, tmp_path / "whole")


@pytest.mark.parametrize("file", [states.LIVE, states.RANDOM, states.BEST, states.HISTORY])
def test_a_state_that_cannot_be_read_is_set_aside_and_the_one_before_taken(file, tmp_path):
    fit(tmp_path / "broken", 3)
    broken = states.found(tmp_path / "broken")[-1] / file
    broken.write_bytes(broken.read_bytes()[:50])
    with pytest.warns(UserWarning, match=r"epoch-00003 cannot be read .* goes on from the state before"):
        _, history = fit(tmp_path / "broken", 3)
    _, whole = fit(tmp_path / "whole", 3)
    for measure in ("loss", "val_loss"):
        np.testing.assert_allclose(history[measure], whole[measure], rtol=1e-3)
    assert (tmp_path / "broken" / "unreadable-epoch-00003").exists()


def test_a_state_of_an_epoch_is_set_aside_as_often_as_it_is_damaged(tmp_path):
    for file in (states.LIVE, states.BEST):
        fit(tmp_path, 2)
        (states.found(tmp_path)[-1] / file).write_bytes(b"half")
        with pytest.warns(UserWarning, match="epoch-00002 cannot be read"):
            _, history = fit(tmp_path, 2)
        assert len(history["loss"]) == 2


def test_what_a_killed_start_was_writing_is_removed_by_the_next(tmp_path):
    half = tmp_path / ".123.epoch-00002"
    half.mkdir(parents=True)
    fit(tmp_path, 1)
    assert not half.exists()


def test_where_no_state_can_be_read_the_training_begins_anew(tmp_path):
    fit(tmp_path / "broken", 1)
    (states.found(tmp_path / "broken")[0] / states.LIVE).write_bytes(b"half")
    with pytest.warns(UserWarning, match="cannot be read"):
        _, history = fit(tmp_path / "broken", 1)
    _, whole = fit(tmp_path / "whole", 1)
    assert history == whole


def test_two_states_are_kept(tmp_path):
    fit(tmp_path, 4)
    assert [state.name for state in states.found(tmp_path)] == ["epoch-00003", "epoch-00004"]


def test_a_training_that_was_whole_is_not_repeated(tmp_path):
    _, first = fit(tmp_path, epochs=2)
    _, again = fit(tmp_path, epochs=2)
    assert first == again


class Broken(Augmented):
    """Pictures that are no numbers in the second epoch, third batch."""

    def __getitem__(self, batch):
        pictures, labels = super().__getitem__(batch)
        return pictures * (np.nan if self.epoch == 1 and batch == 2 else 1), labels


def test_a_loss_that_is_no_number_stops_with_epoch_and_batch_and_keeps_the_last_good_weights(tmp_path):
    with pytest.raises(training.NotFinite, match="nan in epoch 2 at batch 3 of 4: the weights of epoch 1 are kept in"):
        fit(tmp_path, batches=Broken)
    with np.load(states.found(tmp_path)[-1] / states.BEST) as best:
        assert all(np.isfinite(best[name]).all() for name in best.files)


STEP = """
import numpy as np, keras
from pathlib import Path
from keras_tuner import HyperParameters
from mien import training
from mien.training.augmentation import Augmented, Recipe
from mien.models import resnet

hp = HyperParameters()
hp.Fixed("channels", 4)
hp.Fixed("width", 16)
pictures = np.random.default_rng(0).integers(0, 255, (8, 48, 48)).astype(np.uint8)
labels = np.eye(2, dtype=np.float32)[np.arange(8) % 2]
model = resnet.build(hp, (48, 48), 2, "small")
before = [w.copy() for w in model.get_weights()]
batches = Augmented(pictures, labels, Recipe(), 8)
training.compile_classifier(model, hp, 1, average=0.5)
history = training.fit(model, batches, (pictures, labels), 1, Path({folder!r}))
moved = any(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
print(keras.config.backend(), len(history["loss"]), np.isfinite(history["loss"][0]), moved)
"""


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_one_step_of_the_same_training_under_each_backend(backend, tmp_path, capsys):
    step = STEP.format(folder=str(tmp_path))
    if backend == keras.config.backend():
        exec(step, {})
        out, err = capsys.readouterr()
    else:
        pytest.importorskip(backend, reason=f"{backend} is missing: `uv pip install --group backends` installs it")
        environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
        call = [sys.executable, "-c", step]
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
        out, err = done.stdout, done.stderr
    assert out.splitlines()[-1:] == [f"{backend} 1 True True"], err[-3000:]


@pytest.mark.parametrize(("features", "policy"), [({"avx512_bf16", "fma"}, "mixed_bfloat16"), ({"fma"}, "float32")])
def test_what_the_processor_can_do_decides_the_precision(monkeypatch, features, policy):
    hidden = archspec.cpu.Microarchitecture("", [], "AuthenticAMD", features, {})  # a virtual machine names no model
    monkeypatch.setattr(archspec.cpu.detect, "detected_info", lambda: hidden)
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
    assert training.precision() == policy


def plain():
    """A network whose rate may be set."""
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1))
    return model


@pytest.mark.parametrize(("epochs", "minutes"), [(40, None), (10_000, 1.0)])
def test_the_rate_rises_and_falls_to_nothing_over_epochs_or_minutes(epochs, minutes, monkeypatch):
    """A twentieth of the way up, then half a cosine; an epoch lasts 1.5 s here, so a minute has 40."""
    clock = [100.0]
    monkeypatch.setattr(fitting.time, "monotonic", lambda: clock[0])
    pace, rates = fitting.Pace(0.1, epochs, minutes), []
    pace.set_model(plain())
    pace.on_train_begin()
    for epoch in range(40):
        pace.on_epoch_begin(epoch)
        rates.append(float(pace.model.optimizer.learning_rate))
        clock[0] += 1.5
        pace.on_epoch_end(epoch)
    done = np.arange(3, 40) / 40
    assert rates[0] < rates[1] < rates[2]
    np.testing.assert_allclose(rates[3:], 0.05 * (1 + np.cos(np.pi * (done - 0.05) / 0.95)), rtol=1e-4, atol=1e-3)
    assert pace.model.stop_training == (minutes is not None)


def test_a_pace_of_minutes_goes_on_where_it_was(tmp_path):
    pace = fitting.Pace(0.1, 100, 1.0).after(pd.DataFrame({"seconds": [10.0, 45.0]}))
    pace.set_model(plain())
    pace.on_train_begin()
    pace.on_epoch_begin(2)
    expected = 0.05 * (1 + np.cos(np.pi * (0.75 - 0.05) / 0.95))
    assert float(pace.model.optimizer.learning_rate) == pytest.approx(expected, rel=1e-3)


def test_a_training_whose_minutes_are_over_is_left_as_it_is():
    """Its last epoch took 20 s, and 15 are left."""
    pace = fitting.Pace(0.1, 100, 1.0)
    assert not pace.after(pd.DataFrame()).over
    assert not pace.after(pd.DataFrame({"seconds": [20.0, 40.0]})).over
    assert pace.after(pd.DataFrame({"seconds": [25.0, 45.0]})).over


def test_the_loss_of_points_is_that_of_those_that_are_present():
    """Huber's, half the square up to 3 pixels, then linear; of both coordinates; and their root mean square."""
    inputs = keras.Input((3, 2))
    model = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    training.compile_points(model, HyperParameters(), steps=1)
    truth, weights = np.zeros((2, 3, 2)), np.array([[1, 0, 1], [0, 0, 1]])
    found = np.array([[[1, 2], [50, 50], [0, 7]], [[50, 50], [50, 50], [-1, 0]]], np.float32)
    present = np.array([1, 2, 0, 7, 1, 0])
    expected = np.where(present <= 3, present**2 / 2, 3 * present - 4.5).mean()
    scores = model.evaluate(found, truth, sample_weight=weights, verbose=0, return_dict=True)
    assert scores["loss"] == pytest.approx(expected)
    assert scores["rmse"] == pytest.approx(np.sqrt((present**2).mean()))


def test_of_an_error_the_epoch_with_the_smallest_is_kept(tmp_path):
    pictures, labels = bright_or_dark()
    points = labels[:, None]  # (face, 1, 2)
    answers = network(4, 4)
    model = keras.Model(answers.input, keras.layers.Reshape((1, 2))(answers.output))
    training.compile_points(model, HyperParameters(), 16, average=0.1)
    nothing = dict.fromkeys(vars(point_augmentation.Recipe()), 0)
    still = point_augmentation.Recipe(**nothing)
    batches = point_augmentation.AugmentedPoints(pictures, points, still, 16)
    validation = (pictures[..., None].astype(np.float32), *point_augmentation.with_weights(points))
    history = training.fit(model, batches, validation, 4, tmp_path, measure="rmse", mode="min")
    reached = np.sqrt(np.square(model.predict(validation[0], verbose=0) - points).mean())
    assert reached == pytest.approx(min(history["val_rmse"]), rel=1e-4)
    assert reached < 0.99 * max(history["val_rmse"])
