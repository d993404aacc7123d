"""What pyproject.toml cannot say: a wheel has, in `mien/shipped/`, what ships beside the package in a clone."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ("conf/assets.yaml", "models/pretrained", "models/networks")


class Build(build_py):
    """Copies what ships, but not where the package stays in its clone."""

    def run(self):
        super().run()
        for file in () if self.editable_mode else [file for name in SHIPPED for file in _files(Path(name))]:
            target = Path(self.build_lib, "mien", "shipped", file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def _files(place: Path) -> list[Path]:
    return [file for file in place.rglob("*") if file.is_file()] if place.is_dir() else [place]


setup(cmdclass={"build_py": Build})
