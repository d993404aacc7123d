import json

from mien.engine import profiles, steps
from mien.engine.paths import Paths
from mien.publishing import landing


def rows(profile: str) -> dict[str, list[str]]:
    """Link -> question, last run, whether it is stale."""
    table = [line.strip("| ").split(" | ") for line in landing.table(profile).splitlines()[2:]]
    return {link: rest for link, *rest in table}


def test_every_notebook_is_a_link_with_its_question_and_of_a_fresh_clone_none_was_run(home):
    table = rows("sample")
    assert [*table] == [f"[{p.stem}]({p.name})" for p in sorted(profiles.NOTEBOOKS.glob("[0-9]*.ipynb"))]
    assert table["[00_sources](00_sources.ipynb)"] == ["What is in each source?", "never", "has not been run"]
    assert table["[91_explore_face_model](91_explore_face_model.ipynb)"][2] == "not part of `make pipeline`"


def test_what_was_run_with_the_key_of_now_is_not_stale_and_what_was_run_with_another_is(home):
    nodes, configured = steps._wanted(["pipeline"], "smoke")
    _, key = steps._stale(nodes, "smoke", configured)
    executed = Paths("smoke").executed()
    executed.mkdir(parents=True)
    now, before = key["00_sources"], {**key["60_predict"], "its notebook": "another"}
    for name, had in (("00_sources", now), ("60_predict", before)):
        (executed / f"{name}.ipynb").write_text(json.dumps({"metadata": {"mien": {"key": had}}}))
    table = rows("smoke")
    _, last_run, stale = table["[00_sources](00_sources.ipynb)"]
    assert (last_run[:2], stale) == ("20", "no")
    assert table["[60_predict](60_predict.ipynb)"][2] == "changed: its notebook"
    assert table["[50_evaluation](50_evaluation.ipynb)"][2].endswith("runs: has not been run")


def test_the_first_page_leads_to_where_a_run_ends():
    text = (profiles.NOTEBOOKS / "index.ipynb").read_text(encoding="utf-8")
    front = Paths("sample").reports().name + "/book/index.html"
    assert f"`reports/{front}`" in text
