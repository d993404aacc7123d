import json
import shutil

import pytest
import yaml

from mien import paths
from mien.pipeline import graph
from mien.pipeline.graph import Node

REAL_SOURCE = paths.REPOSITORY / "src"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A copy of what decides results, to change."""
    for folder in ("src", "notebooks", "conf"):
        shutil.copytree(paths.REPOSITORY / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for card in (paths.REPOSITORY / "models" / "pretrained").glob("*/model.json"):
        copy = tmp_path / "models" / "pretrained" / card.parent.name / card.name
        copy.parent.mkdir(parents=True)
        shutil.copy(card, copy)
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    return tmp_path


@pytest.fixture
def changed(repository):
    """Notebooks whose keys another text of a file changes."""
    nodes = graph.load()
    before = graph.keys(nodes, {})

    def of(file, old, new):
        path = repository / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        after = graph.keys(nodes, {})
        return {nodes[name].notebook for name in nodes if before[name] != after[name]}

    return of


def test_every_node_stands_behind_what_it_needs_and_has_a_notebook():
    nodes = graph.load()
    seen = set()
    for name, node in nodes.items():
        assert set(node.needs) <= seen
        assert (paths.REPOSITORY / "notebooks" / f"{node.notebook}.ipynb").exists()
        seen.add(name)


@pytest.mark.parametrize("group", ["pipeline", "smoke", "real", "seeds"])
def test_every_group_names_nodes(group):
    assert set(graph.described()[group]) <= set(graph.load())


def test_a_smoke_run_has_every_notebook_of_a_run():
    nodes = graph.load()
    ran = [
        {node.notebook for node in graph.upstream(nodes, graph.last(profile)).values()}
        for profile in ("smoke", "sample")
    ]
    assert ran[0] == ran[1] | {"56_tuned"}


def test_a_name_s_placeholders_are_parameters():
    assert graph.load()["43_train_pixels-resnet_face_seed2-emotion7"].parameters == {
        "target": "emotion7",
        "backbone": "face",
        "seed": 2,
    }


def test_only_what_is_needed_comes_with_a_node():
    nodes = {"a": Node("a"), "b": Node("b", needs=("a",)), "c": Node("c")}
    assert [*graph.upstream(nodes, ["b"])] == ["a", "b"]
    with pytest.raises(ValueError, match="no node 'd'"):
        graph.upstream(nodes, ["d"])


def described_as(repository, **nodes):
    (repository / "conf" / "pipeline.yaml").write_text(yaml.safe_dump({"values": {}, "nodes": nodes}))


def test_a_node_that_needs_what_is_not_there_or_itself_is_refused(repository):
    described_as(repository, a={"needs": ["b"]})
    with pytest.raises(ValueError, match="a needs b, which is not there"):
        graph.load()
    described_as(repository, a={"needs": ["b"]}, b={"needs": ["a"]})
    with pytest.raises(ValueError, match="cycle"):
        graph.load()


def test_comments_docstrings_layout_and_figures_change_no_key(changed):
    assert changed("src/mien/training/__init__.py", '"""Compile, fit', '"""Of compiling, fit') == set()
    assert changed("src/mien/labels.py", "\n\n\n", "\n\n\n# why\n") == set()
    assert changed("src/mien/plots/style.py", "import", "x = 1\nimport") == set()


@pytest.mark.parametrize(
    ("file", "old", "new", "notebooks"),
    [
        ("src/mien/models/dense.py", "default=512", "default=256", {"40_train_all", "45_train_mesh_gnn"}),
        ("src/mien/augmentation.py", "0.08", "0.09", {"42_train_enm_images", "43_train_pixels", "45_train_mesh_gnn"}),
        ("src/mien/evaluation/calibration.py", "import", "x = 1\nimport", {"40_train_all", "43_train_pixels"}),
        (
            "src/mien/live/predictor.py",
            "\nclass ",
            "\nx = 1\n\n\nclass ",
            {"51_face_boards", "60_predict", "61_speech_sentence"},
        ),
    ],
)
def test_code_runs_again_whatever_imports_it_and_what_follows(changed, file, old, new, notebooks):
    assert notebooks <= changed(file, old, new)


def test_what_is_imported_by_a_text_counts(changed):
    ran = changed("src/mien/landmarks/dlib68.py", "SIZE = 192", "SIZE = 191")
    assert {"20_landmarks", "30_distance_features", "50_evaluation"} <= ran
    assert not {"00_sources", "10_extract_fer2013"} & ran


def test_a_model_that_ships_runs_again_whatever_goes_on_from_it(changed, repository):
    assert "43_train_pixels" in changed("models/pretrained/resnet_face-emotion7/model.json", "sha256", "sha255")
    assert {"48_keypoint_resnet", "51_face_boards"} <= changed(
        "models/pretrained/keypoints15/model.json", "sha2", "sha3"
    )


def test_a_sentence_of_a_notebook_and_a_setting_count(changed, repository):
    assert changed("notebooks/32_blendshapes.ipynb", "## Finding", "## Finding") == set()
    assert changed("notebooks/32_blendshapes.ipynb", "In one", "In just one") == {"32_blendshapes"}
    nodes = graph.load()
    plain, other = (graph.keys(nodes, says) for says in ({}, {"53_activations": {"grids": 7}}))
    assert [name for name in nodes if plain[name] != other[name]] == [
        n for n in nodes if n.startswith("53_activations")
    ]


def test_an_executed_notebook_has_its_key(tmp_path):
    assert graph.key_of(tmp_path / "none.ipynb") is None
    file = tmp_path / "one.ipynb"
    file.write_text(json.dumps({"cells": [], "metadata": {"mien": {"key": "abc"}}}))
    assert graph.key_of(file) == "abc"
