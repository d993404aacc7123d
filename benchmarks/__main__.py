"""Run the benchmarks, print what they say and keep it as `reports/benchmarks/<date>-<commit>.md`.

python benchmarks [--quick] [--fer PYTHON]
"""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mien.engine import paths, provenance, store

HERE = Path(__file__).parent

SCRIPTS = (
    "pipeline", "read_fer2013", "distances", "face_model", "landmarks", "training_step", "predict", "export", "growth",
)  # fmt: skip
"""In the order in which they run; each prints its own answers."""

QUICK = {"pipeline": ["smoke"], "growth": ["1000", "2000"]}
"""What those that take long are given to take less."""


def question(script: Path) -> str:
    """The first line of its text, which asks what it answers."""
    return script.read_text(encoding="utf-8").removeprefix('"""').splitlines()[0].removesuffix('"""')


def answers(script: Path, *arguments: str) -> str:
    """What it prints, which is shown while it runs, as are its progress bars and errors."""
    lines = []
    command = [sys.executable, str(script), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines) + (f"it ended with {run.returncode}\n" if run.returncode else "")


def head() -> str:
    """What ran where."""
    code, machine = provenance.code(), provenance.machine()
    versions = ", ".join(f"{name} {version}" for name, version in code["packages"].items())
    return (
        f"# Benchmarks of {date.today()}\n\n"
        f"Commit {code['commit']}{', with changes that were not committed' if code['dirty'] else ''}; "
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}, Python "
        f"{machine['python']}; {versions}.\n"
    )


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Few faces: minutes, not an hour.")] = False,
    fer: Annotated[Path | None, typer.Option(help="The Python of an environment with the package fer.")] = None,
) -> None:
    """Run the benchmarks, print what they say and keep it as reports/benchmarks/<date>-<commit>.md."""
    asked = {name: QUICK.get(name, []) if quick else [] for name in SCRIPTS}
    if fer:
        asked["fer_package"] = [str(fer)]
    text = head()
    for name, arguments in asked.items():
        script = HERE / f"{name}.py"
        print(f"\n{question(script)}", flush=True)
        text += f"\n## {question(script)}\n\n`benchmarks/{name}.py`\n\n```\n{answers(script, *arguments)}```\n"
    commit = (provenance.code()["commit"] or "none")[:7]
    target = paths.REPOSITORY / "reports" / "benchmarks" / f"{date.today()}-{commit}.md"
    with store.aside(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(f"\nkept in {target}")


if __name__ == "__main__":
    typer.run(main)
