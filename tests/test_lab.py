"""JupyterLab in a browser, as `make lab` opens it: its first page, a notebook too early, a face moved by sliders."""

import json
import os
import shlex
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from mien.engine import paths, profiles

playwright = pytest.importorskip("playwright.sync_api", reason="without Playwright no browser can be driven")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if not CHROMIUM:
    pytest.skip("no Chromium here: Debian's package is called chromium", allow_module_level=True)

EXPORTED = {"JUPYTER_PREFER_ENV_PATH": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
"""What the Makefile gives its commands."""

WAIT = 120
"""Seconds; TensorFlow takes a quarter of a minute to import on a slow machine."""

ENDED = """() => {
    const prompts = [...document.querySelectorAll(".jp-Notebook .jp-InputPrompt")].map(prompt => prompt.textContent);
    return prompts.some(text => /[0-9]/.test(text)) && !prompts.some(text => text.includes("*"));
}"""
"""Some cells were run, and none waits any more."""

IS_SEEN = """value => {
    value.scrollIntoView({block: "center"});
    const box = value.getBoundingClientRect();
    return value === document.elementFromPoint(box.right - 2, (box.top + box.bottom) / 2);
}"""
"""What is at its right edge is it, and no neighbour that covers or cuts it."""


class Lab:
    """A JupyterLab over a copy of the notebooks, in a home without data."""

    def __init__(self, home: Path):
        shutil.copytree(profiles.NOTEBOOKS, home / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        said = subprocess.run(
            ["make", "-n", "--no-print-directory", "lab"], cwd=paths.REPOSITORY, capture_output=True, text=True
        ).stdout
        *command, _ = shlex.split(said[said.index(".venv/") :].replace("\\\n", ""))
        with socket.create_server(("localhost", 0)) as free:
            port = free.getsockname()[1]
        given = ["--no-browser", "--allow-root", "--IdentityProvider.token=mien", f"--port={port}", home / "notebooks"]
        own = ("MIEN_HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
        environment = os.environ | {name: str(home / name) for name in own} | EXPORTED
        self.address, self.log = f"http://localhost:{port}", home / "log"
        with self.log.open("w") as log:
            self.server = subprocess.Popen(
                [*command, *given], cwd=paths.REPOSITORY, env=environment, stdout=log, stderr=log
            )

    def answers(self) -> bool:
        assert self.server.poll() is None, self.log.read_text()
        try:
            return self._asked("") is not None
        except OSError:
            return False

    def is_idle(self, notebook: str) -> bool:
        """Whether the kernel of a notebook, which the browser is connected to, waits for cells."""
        kernels = [own["kernel"] for own in self._asked("sessions") if own["path"] == f"{notebook}.ipynb"]
        return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)

    def _asked(self, what: str):
        with urllib.request.urlopen(f"{self.address}/api/{what}?token=mien") as answer:
            return json.load(answer)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    try:
        until(lab.answers)
        yield lab
    finally:
        lab.server.terminate()
        lab.server.wait()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as player:
        yield player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def run_all(lab, browser):
    """Opens a page of JupyterLab and runs all cells of the notebook that it shows, or those up to an error."""
    page = browser.new_page(viewport={"width": 1400, "height": 1500})
    page.set_default_timeout(1000 * WAIT)

    def run(at: str, notebook: str):
        page.goto(f"{lab.address}{at}?token=mien&reset")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        until(lambda: lab.is_idle(notebook))
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.wait_for_function(ENDED)
        return page

    yield run
    page.close()


def test_the_first_page_shows_the_graph_and_leads_to_every_notebook(run_all):
    page = run_all("/", "index")
    assert page.locator(".jp-OutputArea-output img").count() == 1
    names = page.locator(".jp-OutputArea-output table a").all_inner_texts()
    assert names == sorted(path.stem for path in profiles.NOTEBOOKS.glob("[0-9]*.ipynb"))
    page.get_by_role("link", name="91_explore_face_model").click()
    page.get_by_role("heading", name="What happens to a face when one number moves?").wait_for()


def test_a_notebook_that_is_run_too_early_shows_one_sentence_and_goes_no_further(run_all):
    page = run_all("/lab/tree/40_train_all.ipynb", "40_train_all")
    synthetic, missing = page.locator(".jp-OutputArea-output").all_inner_texts()
    assert synthetic.startswith("The faces of the profile sample are synthetic")
    assert missing.strip() == (
        "data/sample/features/distances_all.zarr is not there: run 30_distance_features first; "
        "`make pipeline` runs all in order"
    )
    assert page.locator(".jp-CodeCell .jp-InputPrompt").last.inner_text().strip() == "[ ]:"


def test_sliders_show_their_values_and_move_the_face(run_all):
    page = run_all("/lab/tree/91_explore_face_model.ipynb", "91_explore_face_model")
    face, sliders = page.locator(".widget-output img"), page.locator(".widget-slider")
    assert sliders.count() == 10
    for slider, steps, value in ((0, 40, 1.0), (1, 30, 0.225), (2, -20, -2.0), (3, 20, 2.0)):  # of 60 from end to end
        before, handle = face.get_attribute("src"), sliders.nth(slider).locator(".noUi-handle")
        for _ in range(abs(steps)):
            handle.press("ArrowRight" if steps > 0 else "ArrowLeft")
        readout = sliders.nth(slider).locator(".widget-readout")
        until(lambda readout=readout, value=value: abs(_number(readout.inner_text()) - value) < 0.01)
        until(lambda before=before: face.count() == 1 and face.get_attribute("src") != before)
        assert readout.evaluate(IS_SEEN)


def _number(text: str) -> float:
    return float(text.replace("−", "-"))
