"""No picture is in a notebook that is published, and so nobody's face; figures that show none are referred to."""

import base64
import io
import json
import re
import subprocess

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from PIL import Image

from mien.engine import paths
from mien.publishing import chapters, committed


def encoded(picture: np.ndarray, kind: str = "PNG") -> str:
    with io.BytesIO() as file:
        Image.fromarray(picture).save(file, kind)
        return base64.b64encode(file.getvalue()).decode()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The folder of a run on real faces."""
    monkeypatch.setenv("MIEN_HOME", str(tmp_path))
    return tmp_path / "reports" / "fer2013"


@pytest.fixture
def saved(run):
    """Saves a picture as `Run.save_figure` does, and notes that the notebook has written it."""

    def save(notebook, name: str, picture: np.ndarray) -> None:
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(run / name)
        with notebook.with_suffix(".files").open("a") as note:
            note.write(f"reports/fer2013/{name}\n")

    return save


def shown(text: str) -> list[str]:
    """What stands for pictures in a notebook's outputs: the figure it refers to, or words."""
    outputs = (output for cell in json.loads(text)["cells"] for output in cell.get("outputs", ()))
    said = ("".join(output.get("data", {}).get("text/markdown", "")) for output in outputs)
    return [re.sub(r"!\[\]\((.*)\)", r"\1", words) for words in said if words.startswith(("![](", "*This picture"))]


def pictured(*pictures: np.ndarray) -> list:
    outputs = [new_output("display_data", {"image/png": encoded(picture)}) for picture in pictures]
    return [new_markdown_cell("# 00 · What?"), *(new_code_cell("drawn", outputs=[output]) for output in outputs)]


def test_a_figure_that_shows_no_faces_is_referred_to_and_one_that_does_is_left_out(run, executed, saved):
    figure, face = np.random.default_rng(0).integers(0, 256, (2, 40, 60, 3), np.uint8)
    notebook = executed(run, "00_sources", pictured(face, figure, figure[:30]))
    saved(notebook, "faces/00_sources-board.png", face)
    saved(notebook, "figures/00_sources-balance.png", figure)
    text = committed.text(notebook, run)
    assert shown(text) == [committed.LEFT_OUT, "../figures/00_sources-balance.png", committed.LEFT_OUT]
    own = committed.text(notebook, run, ("figures", "faces"))
    assert shown(own)[0] == "../faces/00_sources-board.png"


def test_a_picture_is_not_left_out_because_nothing_says_what_was_saved(run, executed):
    notebook = executed(run, "00_sources", pictured(np.zeros((4, 4, 3), np.uint8)))
    notebook.with_suffix(".files").unlink()
    with pytest.raises(ValueError, match=r"00_sources.files is not there, .* run it again"):
        committed.text(notebook, run)


def test_a_figure_that_was_laid_out_anew_is_found_by_what_is_the_same_in_it(run, executed, saved):
    one, other = np.random.default_rng(1).integers(0, 256, (2, 40, 60, 3), np.uint8)
    notebook = executed(run, "00_sources", pictured(one, other))
    for name, picture in (("b", one), ("a", other)):
        changed = picture.copy()
        changed[:30] = 255
        saved(notebook, f"figures/{name}.png", changed)
    assert shown(committed.text(notebook, run)) == ["../figures/b.png", "../figures/a.png"]


def test_no_pixel_is_kept_whatever_the_output_that_shows_it(run, executed):
    face = np.random.default_rng(2).integers(0, 256, (16, 16), np.uint8)
    png, jpeg = encoded(face), encoded(face, "JPEG")
    inside = [
        {"image/jpeg": jpeg},
        {"image/svg+xml": "<svg><rect/></svg>"},
        {"text/html": f'<table><tr><td><img src="data:image/png;base64,{png}"></td></tr></table>'},
        {"text/html": "<table><tr><td style='background: url(face.png)'></td></tr></table>"},
        {"text/html": f'<video src="data:video/mp4;base64,{jpeg}"></video>'},
        {"text/markdown": f"![](data:image/png;base64,{png})"},
        {"application/vnd.plotly.v1+json": {"z": face.tolist()}},
        {"application/javascript": f"draw({face.tolist()})"},
    ]
    cells = [new_code_cell("face", outputs=[new_output("display_data", data) for data in inside])]
    attached = new_markdown_cell("# 00 · Whose?", attachments={"face.png": {"image/png": png}})
    text = committed.text(executed(run, "00_sources", [attached, *cells]), run)
    assert shown(text) == [committed.LEFT_OUT] * len(inside)
    assert not any(
        part in text for part in (png[:40], jpeg[:40], "<svg", "url(", "attachments", f"{face[0, 0]}, {face[0, 1]}")
    )


def test_a_picture_in_a_place_where_none_is_looked_for_is_refused(run, executed):
    png = encoded(np.zeros((16, 16), np.uint8))
    notebook = executed(run, "00_sources", [new_code_cell("print(png)", outputs=[new_output("stream", text=png)])])
    with pytest.raises(ValueError, match="would be published with a picture in it: found 'iVBORw0KGgo'"):
        committed.text(notebook, run)


def test_text_and_tables_stay_and_keys_and_paths_of_the_machine_go(run, executed, arc):
    cells = arc(encoded(np.zeros((16, 16), np.uint8)))
    cells.append(new_code_cell("where", outputs=[new_output("stream", text=f"in {paths.home()}/data/a and no more")]))
    text = committed.text(executed(run, "00_sources", cells), run)
    assert "<th>split</th>" in text
    assert "in data/a and no more" in text
    assert str(paths.home()) not in text
    assert "/home/me/n.ipynb" not in text
    kept = nbformat.reads(text, as_version=4).metadata
    assert kept.mien == {"commit": "a" * 40, "dirty": False}
    assert kept.papermill.duration == 61


def test_the_folder_of_raw_data_goes_although_another_one_is_set_by_now(run, executed, monkeypatch):
    said = "read /elsewhere/raw/fer2013/a.csv of /elsewhere/raw, not /elsewhere/raw2"
    notebook = executed(run, "00_sources", [new_code_cell("read()", outputs=[new_output("stream", text=said)])])
    made = nbformat.read(notebook, as_version=4)
    made.metadata["mien"]["raw"] = "/elsewhere/raw"
    nbformat.write(made, notebook)
    monkeypatch.delenv("MIEN_RAW", raising=False)
    text = committed.text(notebook, run)
    assert "read data/raw/fer2013/a.csv of data/raw, not /elsewhere/raw2" in text
    assert "raw" not in nbformat.reads(text, as_version=4).metadata.mien


def test_a_book_can_be_made_of_what_is_kept(run, executed, saved, arc):
    figure = np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)
    notebook = executed(run, "00_sources", arc(encoded(figure)))
    saved(notebook, "figures/curves.png", figure)
    kept = notebook.with_name("01_kept.ipynb")
    kept.write_text(committed.text(notebook, run))
    chapter = chapters.read(kept)
    assert chapter.figures == ["figures/curves.png"]
    assert "![The curves part here.](../figures/curves.png)" in chapters.text(chapter)
    assert chapter.finding == chapters.read(notebook).finding


def test_gits_filter_leaves_what_is_published_its_outputs_and_no_other_notebook():
    names = ["reports/published/fer2013/executed/00_sources.ipynb", "notebooks/00_sources.ipynb"]
    call = ["git", "check-attr", "filter", *names]
    said = subprocess.run(call, cwd=paths.REPOSITORY, capture_output=True, text=True)
    if said.returncode:
        pytest.skip("a copy without git")
    assert [line.rpartition(": ")[2] for line in said.stdout.splitlines()] == ["unset", "notebook"]


def test_no_committed_notebook_has_a_picture_in_it():
    listed = subprocess.run(["git", "ls-files", "*.ipynb"], cwd=paths.REPOSITORY, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("a copy without git")
    for name in listed.stdout.splitlines():
        text = (paths.REPOSITORY / name).read_text(encoding="utf-8")
        assert not any(start in text for start in committed.ENCODED), name
        assert not re.search(r'"image/\w+"|data:image', text), name
        real = not any(f"published/{profile}/" in name for profile in ("sample", "smoke"))
        assert not (real and "](../faces/" in text), name
