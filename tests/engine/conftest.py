"""A repository to change."""

import shutil

import pytest

from mien.engine import paths


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A copy of what decides results, to change."""
    for folder in ("src", "notebooks", "conf"):
        shutil.copytree(paths.REPOSITORY / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pretrained/*/model.json", "networks/*/record.json"):
        for path in (paths.REPOSITORY / "models").glob(file):
            copy = tmp_path / path.relative_to(paths.REPOSITORY)
            copy.parent.mkdir(parents=True)
            shutil.copy(path, copy)
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    return tmp_path
