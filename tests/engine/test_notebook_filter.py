"""What opening and running a notebook writes into it is no change to git; an edit is."""

import copy
import json
import shutil
import subprocess
import sys

import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager

from mien.engine import notebooks, paths

NOTEBOOK = paths.REPOSITORY / "notebooks" / "00_sources.ipynb"


@pytest.fixture(scope="module")
def committed() -> dict:
    return json.loads(notebooks.stripped(NOTEBOOK.read_text(encoding="utf-8")))


@pytest.fixture
def executed(committed) -> dict:
    """As JupyterLab saves it after a run under another Python, some of its outputs folded."""
    run = copy.deepcopy(committed)
    run["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    run["metadata"]["language_info"] |= {"version": "3.13.2", "pygments_lexer": "ipython3"}
    run["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    for number, cell in enumerate(cell for cell in run["cells"] if cell["cell_type"] == "code"):
        cell["execution_count"] = number
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["seven\n"]}]
        cell["metadata"] |= {"collapsed": True, "scrolled": True, "execution": {"iopub.status.idle": "2026-01-01"}}
    return run


@pytest.fixture
def clone(tmp_path, committed, monkeypatch):
    """A repository with the notebook, the filter set up as `make` does it; calls git in it."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)

    def git(*words) -> str:
        return subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    git("config", "filter.notebook.clean", f'"{sys.executable}" -m mien.engine.notebooks')
    (tmp_path / ".gitattributes").write_text((paths.REPOSITORY / ".gitattributes").read_text())
    save(tmp_path, committed)
    git("add", ".")
    git("-c", "user.name=n", "-c", "user.email=n@example.org", "commit", "-qm", "a notebook")
    return git


def save(folder, notebook: dict) -> None:
    """As JupyterLab's server saves it, with the hook that `make lab` names."""
    manager = LargeFileManager(root_dir=str(folder), post_save_hook="mien.engine.notebooks.settle")
    manager.save({"type": "notebook", "format": "json", "content": notebook}, "n.ipynb")


def test_a_run_in_jupyterlab_leaves_nothing_to_commit(clone, tmp_path, executed):
    save(tmp_path, executed)
    assert "seven" in (tmp_path / "n.ipynb").read_text(encoding="utf-8"), "outputs stay in the file"
    assert clone("status", "--porcelain") == ""


def test_an_edit_is_seen_and_is_not_staged(clone, tmp_path, executed):
    executed["cells"][1]["source"] = ["# an edit"]
    save(tmp_path, executed)
    assert clone("status", "--porcelain") == " M n.ipynb\n"
    assert clone("diff", "--numstat").split()[0] == "1"


def test_what_is_committed_of_a_run_is_its_edits_alone(clone, tmp_path, executed, committed):
    executed["cells"][1]["source"] = ["# an edit"]
    save(tmp_path, executed)
    clone("add", ".")
    committed["cells"][1]["source"] = ["# an edit"]
    assert json.loads(clone("show", ":n.ipynb")) == committed


def test_a_new_notebook_is_not_added(clone, tmp_path, committed):
    manager = LargeFileManager(root_dir=str(tmp_path), post_save_hook="mien.engine.notebooks.settle")
    manager.save({"type": "notebook", "format": "json", "content": committed}, "new.ipynb")
    assert clone("ls-files", "new.ipynb") == ""


def test_a_stripped_notebook_stays_as_it_is(committed):
    text = json.dumps(committed)
    assert notebooks.stripped(notebooks.stripped(text)) == notebooks.stripped(text)


def test_tags_stay(committed):
    tags = [cell["metadata"]["tags"] for cell in committed["cells"] if cell["metadata"]]
    assert tags == [["parameters"]]


@pytest.mark.parametrize("text", ["{", "[]", '{"worksheets": []}'])
def test_what_is_no_notebook_is_refused_in_one_line(text):
    run = subprocess.run([sys.executable, "-m", "mien.engine.notebooks"], input=text, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.startswith("mien: a notebook cannot be stripped: ")
    assert run.stderr.count("\n") == 1
