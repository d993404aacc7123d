import json
import os

import pytest

from mien.engine import graph, keys, paths

LIVE = paths.REPOSITORY / "src" / "mien" / "live"


@pytest.fixture
def changed(repository):
    """Notebooks whose keys another text of a file changes."""
    nodes = graph.load()
    before = keys.keys(nodes, {})

    def of(file, old, new):
        path = repository / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        after = keys.keys(nodes, {})
        return {nodes[name].notebook for name in nodes if before[name] != after[name]}

    return of


def test_comments_docstrings_and_layout_change_no_key(changed):
    assert changed("src/mien/training/__init__.py", '"""Compile, fit', '"""Of compiling, fit') == set()
    assert changed("src/mien/vocabulary/labels.py", "\n\n\n", "\n\n\n# why\n") == set()


def test_a_figure_runs_again_whatever_saves_one_and_no_training(changed):
    again = changed("src/mien/plots/style.py", "import", "x = 1\nimport")
    notebooks = {
        node.notebook: paths.REPOSITORY / "notebooks" / f"{node.notebook}.ipynb" for node in graph.load().values()
    }
    assert again >= {name for name, path in notebooks.items() if "save_figure(" in path.read_text(encoding="utf-8")}
    assert not again & {name for name in notebooks if name.startswith("4") or name == "14_drawn_faces"}


def test_a_figure_runs_again_no_notebook_that_does_not_draw_it(changed):
    assert changed("src/mien/plots/saliency.py", "import", "x = 1\nimport") == {"52_saliency", "53_activations"}


def test_a_file_beside_a_module_that_names_it_counts(changed, repository):
    beside = repository / "src/mien/sources/sampled_fer2013.json"
    assert {"00_sources", "10_extract_faces"} <= changed(str(beside.relative_to(repository)), "dials", "DIALS")


@pytest.mark.parametrize(
    ("file", "old", "new", "notebooks"),
    [
        ("src/mien/models/dense.py", "default=512", "default=256", {"40_train_all", "45_train_mesh_gnn"}),
        (
            "src/mien/training/augmentation.py",
            "0.08",
            "0.09",
            {"42_train_enm_images", "43_train_pixels", "45_train_mesh_gnn"},
        ),
        ("src/mien/evaluation/calibration.py", "import", "x = 1\nimport", {"40_train_all", "43_train_pixels"}),
        (
            "src/mien/inference/predictor.py",
            "\nclass ",
            "\nx = 1\n\n\nclass ",
            {"51_face_boards", "60_predict", "61_speech_sentence"},
        ),
    ],
)
def test_code_runs_again_whatever_imports_it_and_what_follows(changed, file, old, new, notebooks):
    assert notebooks <= changed(file, old, new)


@pytest.mark.parametrize("module", [file.stem for file in LIVE.glob("[!_]*.py")])
def test_what_watches_and_listens_runs_again_the_notebooks_that_use_it(changed, module):
    watched = {"stream", "tracking", "watcher", "writer"}  # 61 words what is said; cameras are the commands'
    using = {"60_predict"} if module in watched else {"61_speech_sentence"} if module == "sentence" else set()
    assert changed(f"src/mien/live/{module}.py", "\n\n\n", "\n\n\nx = 1\n") == using


def test_what_is_imported_by_a_text_counts(changed):
    ran = changed("src/mien/landmarks/dlib68.py", "SIZE = 192", "SIZE = 191")
    assert {"20_landmarks", "30_distance_features", "50_evaluation"} <= ran
    assert not {"00_sources", "10_extract_faces"} & ran


def test_a_model_that_ships_runs_again_whatever_goes_on_from_it(changed, repository):
    assert "43_train_pixels" in changed("models/pretrained/small-emotion7/model.json", "sha256", "sha255")
    assert {"48_keypoint_resnet", "51_face_boards"} <= changed(
        "models/pretrained/keypoints15/model.json", "sha2", "sha3"
    )


def test_a_sentence_of_a_notebook_and_a_setting_count(changed, repository):
    assert changed("notebooks/32_blendshapes.ipynb", "## Finding", "## Finding") == set()
    assert changed("notebooks/32_blendshapes.ipynb", "In one", "In just one") == {"32_blendshapes"}
    nodes = graph.load()
    plain, other = (keys.keys(nodes, says) for says in ({}, {"53_activations": {"grids": 7}}))
    assert [name for name in nodes if plain[name] != other[name]] == [
        n for n in nodes if n.startswith("53_activations")
    ]


def test_an_executed_notebook_has_its_key(tmp_path):
    assert keys.key_of(tmp_path / "none.ipynb") is None
    file = tmp_path / "one.ipynb"
    file.write_text(json.dumps({"cells": [], "metadata": {"mien": {"key": {"its notebook": "abc"}}}}))
    assert keys.key_of(file) == {"its notebook": "abc"}
    file.write_text(json.dumps({"cells": [], "metadata": {"mien": {"key": "a hash of all"}}}))
    assert keys.key_of(file) == {}


def test_kept_keys_are_those_of_what_lies_there_now_however_old_it_is(repository, tmp_path, monkeypatch):
    nodes = graph.upstream(graph.load(), ["43_train_pixels-small-emotion7", "40_train_all-emotion7"])
    file = tmp_path / "keys.json"
    assert keys.kept(file, nodes, {}, "") == keys.keys(nodes, {})

    for changed in (
        repository / "src" / "mien" / "training" / "recipes" / "pictures.py",
        repository / "conf" / "tuned" / "all-emotion7.json",
        repository / "models" / "pretrained" / "small-emotion7" / "model.json",
    ):
        before = keys.kept(file, nodes, {}, "")
        changed.write_text(changed.read_text() + "x = 1\n")
        os.utime(changed, (0, 0))
        after = keys.kept(file, nodes, {}, "")
        assert before != after == keys.keys(nodes, {})
    monkeypatch.setattr(keys, "keys", lambda *_: pytest.fail("they are kept"))
    assert keys.kept(file, nodes, {}, "") == after


def test_another_data_set_and_real_faces_after_drawn_ones_run_everything_from_the_sources_on():
    nodes = graph.upstream(graph.load(), ["20_landmarks-dlib68"])
    drawn, real, other = (
        keys.keys(nodes, says, synthetic)
        for says, synthetic in (({"dataset": "ckplus"}, True), ({"dataset": "ckplus"}, False), ({}, False))
    )
    assert all(drawn[name] != real[name] != other[name] != drawn[name] for name in nodes)


def test_the_reader_of_the_data_set_counts_and_that_of_no_other(repository):
    nodes, file = graph.load(), repository / "src/mien/sources/folder.py"
    profiles = {"folder": {"dataset": {"name": "folder"}}, "fer2013": {}}
    before = {name: keys.keys(nodes, says) for name, says in profiles.items()}
    file.write_text(file.read_text(encoding="utf-8") + "x = 1\n")
    ran = {
        name: {nodes[node].notebook for node, key in keys.keys(nodes, says).items() if key != before[name][node]}
        for name, says in profiles.items()
    }
    assert {"00_sources", "10_extract_faces", "50_evaluation"} <= ran["folder"]
    assert not {"10_extract_faces", "40_train_all"} & ran["fer2013"]


@pytest.mark.parametrize("file", ["sources/kdef.py", "landmarks/mean68.py", "training/recipes/linear.py"])
def test_another_source_detector_or_recipe_trains_nothing_again(repository, file):
    nodes = graph.load()
    before = keys.keys(nodes, {})
    (repository / "src/mien" / file).write_text("x = 1\n")
    after = keys.keys(nodes, {})
    again = {nodes[name].notebook for name in nodes if before[name] != after[name]}
    assert not [notebook for notebook in again if notebook.startswith("4")]


def test_a_published_model_file_of_others_counts(changed):
    assert {"20_landmarks", "31_mesh_features"} <= changed("conf/assets.yaml", "sha256: 6", "sha256: 7")


def test_it_says_which_parts_have_changed(repository):
    nodes = graph.upstream(graph.load(), ["40_train_all-emotion7"])
    had = keys.keys(nodes, {})["40_train_all-emotion7"]
    file = repository / "src/mien/models/dense.py"
    file.write_text(file.read_text(encoding="utf-8").replace("default=512", "default=256"))
    key = keys.keys(nodes, {"40_train_all": {"epochs": 3}})["40_train_all-emotion7"]
    assert keys.changed(key, had) == "changed: parameter epochs, src/mien/models/dense.py"
    assert keys.changed({}, {name: name for name in "abcde"}) == "changed: a, b, c and 2 more"
