"""`make publish` copies a run, whole and of one commit, to where git keeps it, and no real person's face."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.engine import graph, openings, paths, provenance
from mien.engine.paths import Paths
from mien.publishing import page, results
from mien.sources import sample

COMMIT, OTHER = "a" * 40, "b" * 40


@pytest.fixture(autouse=True)
def repository(home, monkeypatch):
    """A run's reports, and the folder of what is committed, both below the test's home."""
    monkeypatch.setattr(paths, "published", lambda profile: home / "published" / profile)
    monkeypatch.setattr(paths, "copies", lambda: home / "fer2013_copies.csv")
    monkeypatch.setattr(graph, "published", lambda profile: [])
    monkeypatch.setattr(provenance, "begun", lambda: {"commit": COMMIT, "dirty": False})


def save(file, content: dict) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def paint(file: Path, picture: Image.Image) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file)


def ran(profile: str = "fer2013", commit: str | None = COMMIT, dirty: bool | None = False, name: str = "50-a") -> None:
    """Leave what a run leaves: a figure, one that shows faces, scores, an executed notebook and the book."""
    run, made = Paths(profile), {"commit": commit, "dirty": dirty}
    for figure in (run.figure(name), run.figure(name, shows_faces=True)):
        paint(figure, Image.new("RGB", (9, 9), "orange"))
        save(figure.with_name(f"{figure.name}.provenance.json"), made)
    save(run.metrics(name), {"provenance": made})
    save(run.reports() / "executed" / f"{name}.ipynb", {})
    save(run.reports() / "book" / "index.html", {})


def opening(when: str) -> dict:
    return {"when": when, "notebook": "50_evaluation", "model": "all", "target": "happy", "faces": 9}


def copied(profile: str = "fer2013") -> list[str]:
    folder = paths.published(profile)
    names = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    return sorted(names - {page.NAME})


def test_figures_and_metrics_are_copied_with_their_provenance():
    ran()
    results.publish("fer2013")
    copies = ["figures/50-a.png", "figures/50-a.png.provenance.json", "metrics/50-a.json"]
    assert copied() == copies


def test_figures_of_few_colours_shrink_and_no_colour_of_one_changes_in_sight():
    ran()
    few, many = (Paths("fer2013").figure(name) for name in ("50-few", "50-many"))
    lines = np.random.default_rng(0).choice(np.arange(0, 256, 5, dtype=np.uint8), (400, 400, 1)).repeat(3, axis=2)
    paint(few, Image.fromarray(lines))
    paint(many, Image.fromarray(np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)))
    results.publish("fer2013")
    published = {file.name: paths.published("fer2013") / "figures" / file.name for file in (few, many)}
    assert published["50-few.png"].stat().st_size < few.stat().st_size * 0.6
    with Image.open(published["50-few.png"]) as picture:
        assert np.abs(np.asarray(picture.convert("RGB"), int) - lines).max() <= 32
    assert published["50-many.png"].read_bytes() == many.read_bytes()


def test_a_page_of_what_was_published_lies_beside_it():
    ran()
    text = (results.publish("fer2013").folder / page.NAME).read_text(encoding="utf-8")
    assert "](figures/50-a.png)" in text
    assert f"commit: {COMMIT[:7]}" in text


def test_faces_of_real_people_are_never_copied_and_those_of_built_in_profiles_are():
    for profile in ("fer2013", *sample.FACES):
        ran(profile)
        results.publish(profile, anyway=True)
        assert any(name.startswith("faces/") for name in copied(profile)) == (profile in sample.FACES)


def test_notebooks_of_the_graph_are_published_as_text_and_the_book_of_them_is_no_part_of_it(executed):
    ran(name="00_sources")
    executed(Paths("fer2013").reports(), "00_sources")
    executed(Paths("fer2013").reports(), "40_train_all-happy.failed")
    assert results.publish("fer2013").counts["executed"] == 1
    published = paths.published("fer2013")
    assert [file.name for file in (published / "executed").iterdir()] == ["00_sources.ipynb"]
    save(published / "book" / "index.html", {})
    results.publish("fer2013")  # and misses nothing


def test_the_list_of_copies_is_that_of_fer2013():
    for profile in ("folder", "fer2013"):
        ran(profile)
        (Paths(profile).reports() / "figures" / "10_extract_faces-copies.csv").write_text(profile)
        results.publish(profile, anyway=True)
        assert paths.copies().exists() == (profile == "fer2013")
    assert paths.copies().read_text() == "fer2013"


def test_what_the_run_no_longer_has_is_gone_only_where_that_is_wanted():
    ran(name="50-old")
    results.publish("fer2013")
    for file in Paths("fer2013").reports().rglob("50-old*"):
        file.unlink()
    ran(name="50-new")
    with pytest.raises(results.NotPublished, match=r"lacks 3 of the published files \(figures/50-old.png, "):
        results.publish("fer2013")
    assert "metrics/50-old.json" in copied()
    assert results.publish("fer2013", anyway=True).removed == 3
    assert {name.partition("/")[2].partition(".")[0] for name in copied()} == {"50-new"}


def test_of_many_files_that_would_be_gone_the_first_ten_are_named():
    ran()
    for n in range(13):
        save(paths.published("fer2013") / "metrics" / f"{n:02}.json", {})
    first = ", ".join(f"metrics/{n:02}.json" for n in range(10))
    with pytest.raises(results.NotPublished, match=rf"13 of the published files \({first} and 3 more\)"):
        results.publish("fer2013")


def test_a_run_without_all_its_nodes_is_refused_with_their_list(monkeypatch):
    monkeypatch.setattr(graph, "published", lambda profile: ["50-a", "50-a_seed1", "50-a_seed2"])
    ran()
    with pytest.raises(
        results.NotPublished, match=r"lacks 2 nodes \(50-a_seed1, 50-a_seed2\): `make pipeline seeds PRO"
    ):
        results.publish("fer2013")
    assert not paths.published("fer2013").exists()
    assert results.publish("fer2013", anyway=True).counts["metrics"] == 1


def test_all_that_is_wrong_is_said_at_once(monkeypatch):
    ran(name="50-old")
    results.publish("fer2013")
    for file in Paths("fer2013").reports().rglob("50-old*"):
        file.unlink()
    ran(dirty=True)
    monkeypatch.setattr(graph, "published", lambda profile: ["50-a_seed1"])
    monkeypatch.setattr(provenance, "begun", lambda: {"commit": COMMIT, "dirty": True})
    with pytest.raises(results.NotPublished) as error:
        results.publish("fer2013")
    for reason in (
        "models/pretrained, requirements.lock have changes that are not committed",
        "2 by aaaaaaa with changes that were not committed",
        "lacks 1 nodes (50-a_seed1)",
        "lacks 3 of the published files (figures/50-old.png, figures/50-old.png.provenance.json, metrics/50-old.json)",
        "ANYWAY=1",
    ):
        assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_a_clone_with_changes_publishes_nothing_of_a_run_that_was_clean(monkeypatch):
    ran()
    monkeypatch.setattr(provenance, "begun", lambda: {"commit": COMMIT, "dirty": True})
    with pytest.raises(results.NotPublished, match="have changes that are not committed: commit them"):
        results.publish("fer2013")
    assert not copied()


def test_it_says_what_was_copied():
    ran("sample")
    said = str(results.publish("sample"))
    assert said == f"{paths.published('sample')}: 1 figures, 1 metrics, 1 faces, of {COMMIT[:7]}"


def test_openings_are_added_to_the_published_ones_and_none_is_ever_lost():
    ran()
    published, old, new = paths.published("fer2013") / openings.NAME, opening("2026-01-01"), opening("2026-01-02")
    openings.write(published, [old])
    openings.append(paths.openings("fer2013"), [new])
    assert str(results.publish("fer2013")).endswith(f"of {COMMIT[:7]}; its test set was opened 2 times")
    assert openings.read(published) == [old, new]
    paths.openings("fer2013").unlink()  # another clone
    openings.append(paths.openings("fer2013"), [opening("2026-01-01T12")])
    results.publish("fer2013")
    results.publish("fer2013")
    assert openings.read(published) == [old, opening("2026-01-01T12"), new]


def test_what_make_clean_removes_has_no_ledger_in_it(home):
    makefile = (paths.REPOSITORY / "Makefile").read_text(encoding="utf-8")
    (removed,) = [line for line in makefile.splitlines() if line.startswith("\trm -rf")]
    places = removed.replace("$(REPORT)", "$(MIEN_HOME)/reports/$(PROFILE)").split()[2:]
    folders = [place.replace("$(MIEN_HOME)", str(home)).replace("$(PROFILE)", "fer2013") for place in places]
    assert len(folders) == 3
    assert not any(paths.openings("fer2013").is_relative_to(folder) for folder in folders)


def test_a_run_of_nothing_is_refused_and_the_copy_stays():
    save(paths.published("fer2013") / "metrics" / "a.json", {})
    with pytest.raises(results.NotPublished, match="no figures and no metrics: `make pipeline PROFILE=fer2013`"):
        results.publish("fer2013")
    assert copied() == ["metrics/a.json"]


@pytest.mark.parametrize(
    ("commit", "dirty", "said"),
    [
        (OTHER, False, "3 by aaaaaaa, 3 by bbbbbbb"),
        (COMMIT, True, "3 by aaaaaaa, 3 by aaaaaaa with changes that were not committed"),
        (None, None, "3 by aaaaaaa, 3 by no commit that is known"),
    ],
)
def test_a_run_of_several_commits_or_of_changes_is_refused_unless_it_is_wanted(commit, dirty, said):
    ran("sample")
    ran("sample", commit, dirty, "50-b")
    with pytest.raises(results.NotPublished) as error:
        results.publish("sample")
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert not copied("sample")
    assert results.publish("sample", anyway=True).counts == {"figures": 2, "metrics": 2, "faces": 2}


def test_a_notebook_of_another_commit_is_refused_though_it_wrote_no_figure(executed):
    ran()
    executed(Paths("fer2013").reports(), "00_sources")
    executed(Paths("fer2013").reports(), "40_train_all-happy", commit=OTHER)
    with pytest.raises(results.NotPublished, match=r"\(3 by aaaaaaa, 1 by bbbbbbb\): `make pipeline PRO"):
        results.publish("fer2013")
    folder = results.publish("fer2013", anyway=True).folder
    assert "commit: aaaaaaa; bbbbbbb" in (folder / page.NAME).read_text(encoding="utf-8")


def test_an_unknown_profile_is_refused():
    with pytest.raises(ValueError, match="unknown profile 'fer'"):
        results.publish("fer")


@pytest.mark.parametrize(
    ("file", "ignored"),
    [
        ("reports/sample/metrics/a.json", True),
        ("reports/openings/fer2013.jsonl", True),
        ("reports/published/fer2013/openings.jsonl", False),
        ("reports/fer2013/faces/a.png", True),
        ("reports/published/fer2013/metrics/a.json", False),
        ("reports/published/fer2013/faces/a.png", True),
        ("reports/published/fer2013/executed/a.ipynb", False),
        ("reports/published/fer2013/book/index.html", True),
        ("reports/published/fer2013/.book/index.md", True),
        *[(f"reports/published/{profile}/faces/a.png", False) for profile in sample.FACES],
    ],
)
def test_git_ignores_what_a_run_writes_and_every_real_face(file, ignored):
    if not (paths.REPOSITORY / ".git").exists():
        pytest.skip("a copy without git")
    call = ["git", "-C", str(paths.REPOSITORY), "check-ignore", "--quiet", file]
    assert (subprocess.run(call).returncode == 0) == ignored
