"""A repository to change."""

import shutil

import pytest

from mien.engine import paths


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A copy of what decides results, to change."""
    for folder in ("src", "notebooks", "conf"):
        shutil.copytree(paths.REPOSITORY / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for card in (paths.REPOSITORY / "models" / "pretrained").glob("*/model.json"):
        copy = tmp_path / "models" / "pretrained" / card.parent.name / card.name
        copy.parent.mkdir(parents=True)
        shutil.copy(card, copy)
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    return tmp_path
