"""What ships is handed out in formats of other runtimes, and replaces nothing that is somebody else's."""

import json
import re
import runpy

import numpy as np
import pytest

from mien.engine import paths, store
from mien.models import export, litert, pretrained
from mien.publishing import cards, exports

MISSING = "is missing: `uv pip install --group backends` installs it"

MEASURES = runpy.run_path(str(paths.REPOSITORY / "benchmarks" / "export.py"))

ARCHITECTURES = {pretrained.describe(name)["model"]: name for name in pretrained.names()}
"""One model of each that ships; `benchmarks/export.py` compares all of them, on more faces."""


@pytest.mark.parametrize("name", ARCHITECTURES.values())
def test_what_ships_answers_alike_in_every_format(name, tmp_path):
    pytest.importorskip("tf2onnx", reason=f"tf2onnx {MISSING}")
    runtime = pytest.importorskip("onnxruntime", reason=f"onnxruntime {MISSING}")
    faces, gives = MEASURES["inputs"](name, 64), exports.answer(pretrained.describe(name))
    expected = export.single(export.network(name)).predict_on_batch(*faces.values())
    for form in exports.FORMATS:
        file = exports.save(name, form, tmp_path)
        if form.startswith("ONNX"):
            (found,) = runtime.InferenceSession(file).run([gives], faces)
        else:
            found = litert.Network(file)(faces)
        np.testing.assert_allclose(found, expected, atol=MEASURES["AT_MOST"][gives])
    assert expected.std(axis=0).max() > 0.01  # the faces differ, and so do the answers


def test_probabilities_may_differ_by_a_thousandth_as_was_asked():
    assert MEASURES["AT_MOST"]["probabilities"] <= 1e-3


@pytest.mark.parametrize("name", pretrained.names())
def test_the_card_says_what_was_measured(name):
    folder = pretrained.folder_of(name)
    if not (folder / exports.FACTS).exists():
        pytest.skip("nothing was measured of these weights yet: `python benchmarks/export.py --keep` does it")
    facts, gives = store.open_json(folder / exports.FACTS), exports.answer(pretrained.describe(name))
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert cards.with_formats(card, facts, gives) == card
    ships = next(iter(facts["formats"].values()))
    for form in exports.FORMATS:
        of = facts["formats"][form]
        assert of["difference"] <= MEASURES["AT_MOST"][gives]
        if ships["accuracy"]:
            assert of["accuracy"] > ships["accuracy"] - MEASURES["LOSS"]


FACTS = {
    "faces": 1000,
    "machine": {"cores": 2},
    "formats": {
        "Keras": {"bytes": 4e6, "difference": 0.0, "ms_together": 2.0, "ms_alone": 8.0, "accuracy": 0.7},
        "ONNX": {"bytes": 8e6, "difference": 2e-7, "ms_together": 1.0, "ms_alone": 2.0, "accuracy": 0.71},
    },
}


@pytest.mark.parametrize(("right", "column"), [((0.7, 0.71), True), ((None, None), False)])
def test_a_card_gets_a_table_of_formats_once(right, column):
    facts = json.loads(json.dumps(FACTS))
    for of, share in zip(facts["formats"].values(), right, strict=True):
        of["accuracy"] = share
    card = "# A\n\n## How to open it\n\nSo.\n\n## What it learned from\n\nFaces.\n"
    once = cards.with_formats(card, facts, "probabilities")
    assert cards.with_formats(once, facts, "probabilities") == once
    assert re.findall("^## .*", once, re.M) == ["## How to open it", "## Other formats", "## What it learned from"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in once.splitlines() if line[:1] == "|"]
    assert {len(row) for row in rows} == {6 if column else 5}
    assert [row[:5] for row in rows[2:]] == [
        ["Keras", "4,000 kB", "0", "2 (1.00)", "8 (1.00)"],
        ["ONNX", "8,000 kB", "2e-07", "1 (0.50)", "2 (0.25)"],
    ]
    assert once.startswith("# A\n\n## How to open it\n\nSo.\n\n")
    assert once.endswith("\n\n## What it learned from\n\nFaces.\n")


@pytest.fixture
def quick(monkeypatch):
    """The model of eye states alone, each format of which is a file of its own."""
    monkeypatch.setattr(pretrained, "names", lambda: [pretrained.EYES])
    monkeypatch.setattr(export, "check_onnx", lambda: None)
    monkeypatch.setattr(
        exports, "save", lambda name, form, folder: (folder / f"{name}{exports.FORMATS[form]}").write_text(form)
    )


def test_a_folder_has_the_files_the_cards_and_what_programs_need(quick, tmp_path):
    folder = exports.hand_out(tmp_path / "handed")
    said = store.open_json(folder / exports.INDEX)
    files = {path.name for path in folder.iterdir()}
    assert files == {
        "README.md", exports.INDEX, "eye_state.md", "eye_state.onnx", "eye_state-half.onnx", "eye_state.tflite",
        "eye_state-half.tflite",
    }  # fmt: skip
    assert said["sha256"] == {name: store.digest(folder / name) for name in files - {exports.INDEX}}
    (network,) = said["networks"]
    about = pretrained.describe(pretrained.EYES)
    assert network["inputs"]["eyes"]["shape"] == ["face", 2]
    assert network["output"] == {
        "name": "probabilities", "shape": ["face", 4], "dtype": "float32", "of": about["classes"],
    }  # fmt: skip
    assert network["licence"].startswith("Apache-2.0")
    assert about["sha256"] in network["source"]


def test_an_earlier_export_is_replaced_as_a_whole(quick, tmp_path, monkeypatch):
    exports.hand_out(tmp_path)
    first = {path.name for path in tmp_path.iterdir()}
    monkeypatch.setattr(pretrained, "names", lambda: ["small-emotion7"])
    exports.hand_out(tmp_path)
    second = {path.name for path in tmp_path.iterdir()}
    assert first & second == {"README.md", exports.INDEX}


@pytest.mark.parametrize("index", [None, "{}", "no json", '["made_by"]', '{"made_by": 1, "sha256": {}}'])
def test_a_folder_of_somebody_elses_is_left_alone(index, quick, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    if index:
        (tmp_path / exports.INDEX).write_text(index)
    with pytest.raises(ValueError, match="may be yours: name another folder"):
        exports.hand_out(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_file_that_was_changed_or_added_since_is_not_replaced(quick, tmp_path):
    folder = exports.hand_out(tmp_path / "handed")
    (folder / "README.md").write_text("mine")
    with pytest.raises(ValueError, match=r"would replace README\.md"):
        exports.hand_out(folder)
    (folder / "README.md").unlink()
    (folder / "more").mkdir()
    with pytest.raises(ValueError, match="would replace more"):
        exports.hand_out(folder)
    (folder / "more").rmdir()
    exports.hand_out(folder)


def test_a_file_is_no_folder(quick, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match="is a file: name a folder"):
        exports.hand_out(tmp_path / "file")


def test_what_fails_leaves_what_was_there(quick, tmp_path, monkeypatch):
    folder = exports.hand_out(tmp_path / "handed")
    before = {path.name: store.digest(path) for path in folder.iterdir()}

    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(exports, "save", fail)
    with pytest.raises(OSError, match="no space left"):
        exports.hand_out(folder)
    assert {path.name: store.digest(path) for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["handed"]


def test_the_lines_of_the_readme_run_as_they_stand(tmp_path, monkeypatch):
    pytest.importorskip("tf2onnx", reason=f"tf2onnx {MISSING}")
    pytest.importorskip("onnxruntime", reason=f"onnxruntime {MISSING}")
    monkeypatch.setattr(pretrained, "names", lambda: [pretrained.EYES])
    folder = exports.hand_out(tmp_path)
    monkeypatch.chdir(folder)
    code = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.S)
    found = []
    for lines in code:
        there = {}
        exec(lines, there)
        found.append(there["probabilities"])
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    assert found[0].shape == (1, 4)


def test_the_command_hands_them_out(quick, mien, tmp_path):
    result = mien("models", "--export", tmp_path / "handed")
    assert (result.exit_code, (tmp_path / "handed" / "eye_state.onnx").exists()) == (0, True)
    assert "README.md says what they take and give" in result.output
