"""Model files of others: in a package or `MIEN_ASSETS`, else fetched, and never used unless their sha256 is right."""

import warnings
from importlib.util import find_spec
from pathlib import Path

import pooch
import requests
import yaml

from mien.engine import paths, store
from mien.engine.missing import Missing

FACE_LANDMARKER = "face_landmarker.task"
"""MediaPipe's models of faces, their mesh and their blendshapes."""


class AssetUnavailable(Missing):
    """A model file is neither here nor to be had, or what is here is something else."""


def find(name: str, fetch: bool = True) -> Path:
    """The path of a model file: in the folder that `MIEN_ASSETS` names, in the package that carries it, or fetched.

    Args:
        name: an entry of `conf/assets.yaml`.
        fetch: what is not here is fetched, once.

    Raises:
        AssetUnavailable: it is not here and is not or cannot be fetched, or is not the one that was published, of which
            no fetched one is kept; says which sha256 is wanted and where to put it.
    """
    asset = yaml.safe_load(paths.of_clone("conf/assets.yaml").read_text(encoding="utf-8"))[name]
    wanted = f"what {asset['url']} gives, sha256 {asset['sha256']}"
    folder = paths.named_by("MIEN_ASSETS")
    if here := _here(name, asset):
        if folder and not folder.is_dir():
            warnings.warn(f"MIEN_ASSETS names {folder}, where no folder is: {here} is taken", stacklevel=2)
        if (found := store.digest(here)) != asset["sha256"]:
            raise AssetUnavailable(
                f"{here} is not {asset['what']}: its {here.stat().st_size:,} bytes have the sha256 {found}; put there "
                + wanted
            )
        return here
    if folder or not fetch:
        raise AssetUnavailable(f"{(folder or paths.assets()) / name} is not there: put there {wanted}")
    try:
        return Path(pooch.retrieve(asset["url"], f"sha256:{asset['sha256']}", name, paths.assets()))
    except (requests.RequestException, ValueError) as error:
        reason = f"what came is not {asset['what']}" if isinstance(error, ValueError) else type(error).__name__
        raise AssetUnavailable(
            f"{name} cannot be fetched ({reason}): put {wanted} into {paths.assets()}, or into a folder that "
            "MIEN_ASSETS names"
        ) from None


def dlib_model(name: str) -> Path:
    """The path of one of dlib's models, which the package `face-recognition-models` carries."""
    return _carried("face_recognition_models", name)  # importing it would need pkg_resources, which is gone


def _here(name: str, asset: dict) -> Path | None:
    """Where a file is that need not be fetched."""
    folder = paths.named_by("MIEN_ASSETS")
    places = [folder / name if folder else None, _carried(asset.get("package"), name), paths.assets() / name]
    return next((path for path in places if path and path.exists()), None)


def _carried(package: str | None, name: str) -> Path | None:
    """Where a model lies in a package, which is not imported; None where the package is not installed."""
    spec = find_spec(package) if package else None
    return Path(spec.submodule_search_locations[0]) / "models" / name if spec else None
