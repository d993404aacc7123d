"""Model files of others: found in `MIEN_ASSETS` or fetched once, and never used unless their sha256 is right."""

import os
from importlib.util import find_spec
from pathlib import Path

import pooch
import requests
import yaml

from mien import paths, store

FACE_LANDMARKER = "face_landmarker.task"
"""MediaPipe's model of the face mesh and the blendshapes."""


class AssetUnavailable(OSError):
    """A model file is neither here nor to be had."""


def find(name: str) -> Path:
    """The path of a model file; it is fetched on first use.

    Args:
        name: an entry of `conf/assets.yaml`.

    Raises:
        AssetUnavailable: it is not here and cannot be fetched; says where to put it.
        ValueError: the file is not the one that was published; a fetched one is not kept.
    """
    asset = yaml.safe_load((paths.REPOSITORY / "conf" / "assets.yaml").read_text(encoding="utf-8"))[name]
    if folder := os.environ.get("MIEN_ASSETS"):
        return _checked(Path(folder) / name, asset)
    try:
        return Path(pooch.retrieve(asset["url"], f"sha256:{asset['sha256']}", name, paths.assets()))
    except requests.RequestException as error:
        raise AssetUnavailable(
            f"{name} cannot be fetched from {asset['url']} ({type(error).__name__}): put the file with sha256 "
            f"{asset['sha256']} into {paths.assets()}, or into a folder that MIEN_ASSETS names"
        ) from None


def at_hand(name: str) -> bool:
    """Whether a model file is here already, so that `find` fetches nothing."""
    return (Path(os.environ.get("MIEN_ASSETS") or paths.assets()) / name).exists()


def dlib_model(name: str) -> Path:
    """The path of one of dlib's models, which the package `face-recognition-models` carries."""
    package = find_spec("face_recognition_models")  # importing it would need pkg_resources, which is gone
    (folder,) = package.submodule_search_locations
    return Path(folder) / "models" / name


def _checked(path: Path, asset: dict) -> Path:
    if not path.exists():
        raise AssetUnavailable(f"{path} is not there: put there what {asset['url']} gives, sha256 {asset['sha256']}")
    found = store.digest(path)
    if found != asset["sha256"]:
        raise ValueError(f"{path} is not {asset['what']}: its sha256 is {found}, expected {asset['sha256']}")
    return path
