import json
import subprocess
import time

import pytest

from mien.engine import assets, provenance, store


def test_peak_memory_grows_with_what_is_held():
    before = provenance.peak_memory()
    held = bytearray(before * 2**20 // 2 + 200 * 2**20)
    held[:: 2**12] = b"x" * len(held[:: 2**12])  # touch every page, so that it is really there
    assert provenance.peak_memory() > before


def test_cost_counts_from_the_start():
    cost = provenance.cost(time.perf_counter() - 60)
    assert 60 <= cost["seconds"] < 61


def test_the_machine_has_no_name():
    import platform

    assert platform.node() not in provenance.machine().values()


@pytest.fixture
def git(repository, monkeypatch):
    """Git in a repository to change, all of which is committed."""
    monkeypatch.setenv(provenance.BEGUN, "")
    (repository / "requirements.lock").write_text("numpy==2")

    def call(*arguments):
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.hooksPath=/dev/null")
        said = subprocess.run(["git", *who, *arguments], cwd=repository, check=True, capture_output=True, text=True)
        return said.stdout.strip()

    call("init", "--quiet")
    call("add", ".")
    call("commit", "--quiet", "--message", "a")
    return call


def test_notebooks_of_a_run_carry_the_commit_with_which_it_began(git, repository):
    first = git("rev-parse", "HEAD")
    provenance.begin()
    (repository / "README.md").write_text("words")  # decides no result
    git("add", ".")
    git("commit", "--quiet", "--message", "b")
    code = provenance.code()
    assert (code["commit"], code["dirty"]) == (first, False)


NETWORK, SHIPS = "models/networks/student_small_3/record.json", "models/pretrained/small-emotion7/model.json"


@pytest.mark.parametrize("file", ["src/mien/models/dense.py", "conf/smoke.yaml", NETWORK, SHIPS, "requirements.lock"])
def test_a_run_whose_code_changes_meanwhile_is_refused(git, repository, file):
    provenance.begin()
    with (repository / file).open("a") as changed:
        changed.write("# changed\n")
    said = rf"^{file} changed after this run began \(commit {git('rev-parse', 'HEAD')[:7]}\).* run it again"
    with pytest.raises(provenance.CodeChanged, match=said):
        provenance.code()
    git("commit", "--quiet", "--all", "--message", "b")  # nor does a commit of it make it one version
    with pytest.raises(provenance.CodeChanged):
        provenance.code()


def test_a_notebook_by_itself_has_the_code_of_now(git, repository):
    before = provenance.code()
    (repository / "conf" / "smoke.yaml").write_text("{}")
    after = provenance.code()
    assert (before["dirty"], after["dirty"]) == (False, True)
    assert before["code"] != after["code"]


@pytest.mark.parametrize(
    ("file", "decides"), [(NETWORK, True), (SHIPS, True), ("models/networks/a/model.keras", True),
                          ("models/networks/README.md", False), ("models/pretrained/small-emotion7/card.md", False)]
)  # fmt: skip
def test_models_that_ship_decide_results_and_their_cards_do_not(git, repository, file, decides):
    before = provenance.digest()
    (repository / file).parent.mkdir(exist_ok=True)
    (repository / file).write_text("{}")
    assert provenance.begun()["dirty"] == decides
    assert (provenance.digest() != before) == decides


def test_to_open_a_notebook_changes_no_code(git, repository):
    before, file = provenance.digest(), repository / "notebooks" / "00_sources.ipynb"
    notebook = json.loads(file.read_text())
    notebook["cells"][0]["metadata"] = {"collapsed": True}
    file.write_text(json.dumps(notebook))
    assert provenance.digest() == before
    notebook["cells"][0]["source"] = ["# another"]
    file.write_text(json.dumps(notebook))
    assert provenance.digest() != before


def test_what_computes_is_named_with_its_version_and_models_of_others_with_their_sha256():
    code = provenance.code()
    assert {"opencv-contrib-python", "ai-edge-litert", "scikit-image", "mord", "mediapipe", "keras-tuner"} <= set(
        code["packages"]
    )
    assert all(code["packages"].values())
    assert code["assets"] == {"face_landmarker.task": store.digest(assets.find("face_landmarker.task", fetch=False))}
