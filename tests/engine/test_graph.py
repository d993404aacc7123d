import pytest

from mien.engine import graph, paths
from mien.engine.graph import Node

REAL_SOURCE = paths.REPOSITORY / "src"


def test_every_node_stands_behind_what_it_needs_and_has_a_notebook():
    nodes = graph.load()
    seen = set()
    for name, node in nodes.items():
        assert set(node.needs) <= seen
        assert (paths.REPOSITORY / "notebooks" / f"{node.notebook}.ipynb").exists()
        seen.add(name)


@pytest.mark.parametrize("group", ["pipeline", "keypoints", "smoke", "real", "seeds"])
def test_every_group_names_nodes(group):
    assert set(graph.described()[group]) <= set(graph.load())


def test_a_smoke_run_has_every_notebook_of_a_run():
    nodes = graph.load()
    ran = [
        {node.notebook for node in graph.upstream(nodes, graph.last(profile)).values()}
        for profile in ("smoke", "sample")
    ]
    assert ran[0] == ran[1] | {"49_train_recipe", "56_tuned"}


@pytest.mark.parametrize("profile", ["ckplus", "combined", "folder"])
def test_a_data_set_without_keypoints_or_many_faces_leaves_out_what_asks_for_them(profile):
    nodes = graph.upstream(graph.load(), graph.last(profile))
    notebooks = {node.notebook for node in nodes.values()}
    assert {"10_extract_faces", "20_landmarks", "50_evaluation", "55_ensemble"} <= notebooks
    assert not {"48_keypoint_resnet", "51_face_boards", "58_keypoints"} & notebooks
    assert "50_evaluation-resnet_face-emotion7" not in nodes
    assert "50_evaluation-resnet_face-emotion7" in graph.last("fer2013")


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


def described_as(repository, *nodes):
    (repository / "conf" / "pipeline.yaml").write_text("\n".join(["values: {seed: [1, 2]}", "nodes:", *nodes]))


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        (["  32_blendshapes: {needs: [b]}"], "line 3: 32_blendshapes needs b, which is not there"),
        (["  32_blendshapes: {}", "  99_nothing-a: {}"], "line 4: 99_nothing-a names no notebook"),
        (
            ["  32_blendshapes: {needs: [33_eye_state]}", "  33_eye_state: {needs: [32_blendshapes]}"],
            r"line [34]: a circle: (32_blendshapes|33_eye_state) is needed by",
        ),
        (
            ["  32_blendshapes: {}", "  33_eye_state: {}", "  32_blendshapes: {}"],
            "line 5: .* is there already, from line 3",
        ),
        (
            ["  32_blendshapes-{seed}: {}", "  32_blendshapes-1: {parameters: {a: 1}}"],
            "line 4: 32_blendshapes-1 is there already, from line 3",
        ),
        (
            ["  32_blendshapes-b: {}", "  32_blendshapes-a: {}"],
            "line 3: 32_blendshapes-b writes the same files as 32_blendshapes-a of line 4",
        ),
    ],
)
def test_a_graph_that_cannot_be_run_is_refused_with_its_line(nodes, says, repository):
    described_as(repository, *nodes)
    with pytest.raises(graph.GraphError, match=f"^conf/pipeline.yaml, {says}"):
        graph.load()
