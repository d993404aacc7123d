from mien.engine import graph
from mien.publishing import dag


def test_the_notebooks_of_a_profile_are_drawn_and_no_others():
    (ax,) = dag.figure("smoke").axes
    drawn = {text.get_text() for text in ax.texts}
    nodes = graph.upstream(graph.load(), graph.last("smoke"))
    assert {node.notebook.replace("_", " ") for node in nodes.values()} <= drawn
    assert "90 tune" not in drawn


def test_the_drawing_that_is_committed_is_that_of_the_graph(tmp_path):
    """It says which notebooks there are, so that it is written again with them: `make dag`."""
    assert dag.write(file=tmp_path / "dag.png").read_bytes() == dag.FILE.read_bytes()


def test_a_notebook_is_marked_where_any_of_its_runs_is_stale():
    figure = dag.figure("smoke", ["50_evaluation-all-emotion7", "50_evaluation-enm_images-happy", "60_predict"])
    (ax,) = figure.axes
    grey = {text.get_text() for text in ax.texts if text.get_color() == "#666666"}
    assert grey == {"50 evaluation", "60 predict"}
    assert sum(patch.get_linestyle() == "--" for patch in ax.patches) == 2
    assert figure.get_suptitle().startswith("2 of ")
