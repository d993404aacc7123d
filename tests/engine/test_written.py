import pytest

from mien.engine import written


@pytest.fixture
def node(home, monkeypatch):
    """Makes a node of that name the one at hand; gives its executed notebook."""

    def begin(name):
        monkeypatch.setenv(written.OWN, str(home / f"{name}.files"))
        return home / f"{name}.ipynb"

    return begin


def test_a_result_is_one_node_s_alone_and_both_are_named(node, home):
    node("40_train_all-happy")
    assert written.claim(home / "models" / "a.keras") == written.claim(home / "models" / "a.keras")
    node("40_train_all-more")
    said = "^40_train_all-more would write models/a.keras, which 40_train_all-happy has written: "
    with pytest.raises(written.Taken, match=said):
        written.claim(home / "models" / "a.keras")


def test_what_is_gone_is_named(node, home):
    executed = node("30_features")
    assert written.gone(executed) == []
    for name in ("a", "b"):
        written.claim(home / name).touch()
    assert written.gone(executed) == []
    (home / "b").unlink()
    assert written.gone(executed) == ["b"]


def test_a_node_that_is_run_again_or_has_left_the_graph_holds_nothing(node, home):
    node("a")
    written.claim(home / "file")
    written.forget(home, {"b"})
    node("b")
    written.claim(home / "file")
    written.forget(home, {"b"})
    node("a")
    with pytest.raises(written.Taken):
        written.claim(home / "file")


def test_a_notebook_by_itself_notes_nothing(home, monkeypatch):
    monkeypatch.delenv(written.OWN, raising=False)
    written.claim(home / "file")
    assert not any(home.iterdir())
