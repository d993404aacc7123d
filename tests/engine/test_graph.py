import pytest

from mien.engine import graph, paths, profiles
from mien.engine.graph import Node

REAL_SOURCE = paths.REPOSITORY / "src"


def test_every_node_stands_behind_what_it_needs_and_has_a_notebook():
    nodes = graph.load()
    seen = set()
    for name, node in nodes.items():
        assert set(node.needs) <= seen
        assert (paths.REPOSITORY / "notebooks" / f"{node.notebook}.ipynb").exists()
        seen.add(name)


@pytest.mark.parametrize("group", ["pipeline", "keypoints", "real", "left_out", "seeds", "teachers"])
def test_every_group_names_nodes(group):
    assert set(graph.section(group, list)) <= set(graph.load())


def test_every_list_of_a_profile_s_own_names_nodes_and_a_profile_has_no_other_group_as_its_list(monkeypatch):
    nodes = graph.load()
    for profile, names in graph.section("profiles").items():
        assert profile in paths.profiles()
        assert set(names) <= set(nodes)
    monkeypatch.setattr(graph.profiles, "dataset", lambda profile: profiles.Dataset("ckplus", "ckplus"))
    assert graph.last("real") == graph.section("pipeline", list)


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


def test_what_is_published_of_real_faces_has_further_seeds_too():
    assert {"50_evaluation-small-emotion7", "50_evaluation-small_seed2-emotion7"} <= set(graph.published("fer2013"))
    assert graph.published("sample") == graph.last("sample")


@pytest.mark.parametrize(
    ("sources", "tested"), [(["bioid", "ytf"], ["bioid", "ytf"]), (["ytf", "studio"], ["ytf"]), (["ytf"], []), ([], [])]
)
def test_a_source_of_keypoints_is_left_out_where_there_are_others(sources, tested, tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_RAW", str(tmp_path))
    if sources:
        (tmp_path / "keypoints").mkdir()
        rows = [f"{row},{source},somebody" for row, source in enumerate(sources)]
        (tmp_path / "keypoints" / "groups.csv").write_text("\n".join(["row,source,group", *rows]))
    last = [name for name in graph.last("fer2013") if name.startswith("58_keypoints")]
    assert last == ["58_keypoints", *(f"58_keypoints-without_{source}" for source in tested)]
    assert graph.last("sample").count("58_keypoints") == len([n for n in graph.last("sample") if "58" in n]) == 1


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
            "line 4: 32_blendshapes-a writes the same files as 32_blendshapes-b of line 3",
        ),
        (
            ["  40_train_all: {}", "  40_train_all-again: {parameters: {tuned: true}}"],
            "line 4: 40_train_all-again writes the same files as 40_train_all of line 3",
        ),
        (["  32_blendshapes: {need: [b]}"], "line 3: 32_blendshapes wants no 'need', but needs, opens, parameters"),
        (["  32_blendshapes: {needs: 00_sources}"], "line 3: .* its needs as a list; found '00_sources'"),
        (["  32_blendshapes: {parameters: [seed]}"], "line 3: .* its parameters as a dict"),
        (["  32_blendshapes:"], "line 3: 32_blendshapes wants .*; found None"),
        (["  32_blendshapes: [b]"], r"line 3: 32_blendshapes wants .*; found \['b'\]"),
        (["  32_blendshapes-{sead}: {}"], "line 3: .* there are no values of {sead}, but of seed"),
        (["  32_blendshapes: {needs: ['a-{seed}']}"], "line 3: 'a-{seed}' has a placeholder"),
        (["  32_blendshapes: {needs: [b}"], "is not YAML: .* line 3"),
        (["  32_blendshapes: {}", "seeds: [33_eye_state]"], "line 4: seeds names 33_eye_state, which is not there"),
        (["  32_blendshapes: {}", "profiles:", "  smoke: b"], "line 5: smoke wants a list of nodes; found 'b'"),
        (["  32_blendshapes: {}", "tune: {all: [b]}"], "line 4: all names b, which is not there"),
    ],
)
def test_a_graph_that_cannot_be_run_is_refused_with_its_line(nodes, says, repository):
    described_as(repository, *nodes)
    with pytest.raises(graph.GraphError, match=f"^conf/pipeline.yaml,? {says}"):
        graph.load()


@pytest.mark.parametrize("seeds", ["", "emotion7", "[]"])
def test_values_are_lists(seeds, repository):
    (repository / "conf" / "pipeline.yaml").write_text(f"values:\n  seed: {seeds}\nnodes: {{}}\n")
    with pytest.raises(graph.GraphError, match="conf/pipeline.yaml, line 2: seed wants a list of values; found "):
        graph.load()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [("{sead: 1}", "40_train_all has no parameter sead"), ("{seed: a}", "40_train_all wants seed as int")],
)
def test_a_parameter_that_a_node_s_notebook_has_not_is_refused_with_its_line(parameters, says, repository):
    described_as(repository, f"  40_train_all-happy: {{parameters: {parameters}}}")
    with pytest.raises(profiles.ParameterError, match=f"^conf/pipeline.yaml, line 3: {says}"):
        graph.load()


def test_a_section_that_is_not_there_is_named(repository):
    described_as(repository, "  32_blendshapes: {}")
    with pytest.raises(graph.GraphError, match="conf/pipeline.yaml has no `tune:`"):
        graph.section("tune")


def test_what_a_profile_says_in_vain_is_refused_with_its_line(repository):
    (repository / "conf" / "mine.yaml").write_text("40_train_all:\n  epochs: 1\n  target: happy\n")
    with pytest.raises(profiles.ParameterError, match="conf/mine.yaml, line 3: every node of 40_train_all .* target"):
        graph.configured(graph.load(), "mine")


def test_two_nodes_that_a_profile_makes_alike_are_refused():
    nodes = graph.upstream(graph.load(), ["40_train_all-happy", "40_train_all-untuned-happy"])
    graph.check_outputs(nodes, {})
    with pytest.raises(graph.GraphError, match="writes the same files as 40_train_all-happy of line"):
        graph.check_outputs(nodes, {"40_train_all": {"tuned": False}})


def test_no_model_is_scored_on_test_faces_by_two_nodes():
    """So that a run opens the test set once for each: 56, which compares two of them, takes recorded scores."""
    scores = {
        path.stem
        for path in (paths.REPOSITORY / "notebooks").glob("*.ipynb")
        if "opens_test(" in path.read_text("utf-8")
    }
    assert scores == {"50_evaluation", "55_ensemble", "57_eye_state", "58_keypoints"}
    nodes = [(name.partition("-")[0], node) for name, node in graph.load().items()]
    asked = [
        (node.parameters.get("model", notebook), node.parameters.get("crops", 1), node.parameters.get("target"))
        for notebook, node in nodes
        if notebook in scores
    ]
    assert len(asked) == len(set(asked))
