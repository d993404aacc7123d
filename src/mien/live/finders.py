"""The finders by their names."""

import warnings

from mien.assets import AssetUnavailable
from mien.live.finder import EveryFinder, Finder, FirstFinder, HogFinder
from mien.live.following import FollowingFinder

FINDERS = ("blaze", "mesh", "hog")

SEARCHED = 640
"""Frames are shrunk to this length before HOG searches them: a face must fill an eighth of it."""


def named(name: str = "blaze", video: bool = False) -> Finder:
    """A finder.

    BlazeFace and the mesh miss faces of less than a fifth of a picture, so dlib's detector helps them: in a picture it
    adds its own; in a video, where that would take too long, it looks at the frames where they find none.

    Args:
        name: one of `FINDERS`. Where MediaPipe's models are missing, "blaze" is "hog", with a warning that says so.
        video: for pictures that follow one another.

    Raises:
        ValueError: there is no such finder.
        AssetUnavailable: "mesh" is asked for, and MediaPipe's models are neither here nor to be fetched.
    """
    if name not in FINDERS:
        raise ValueError(f"no finder {name!r}: expected one of {', '.join(FINDERS)}")
    hog = FollowingFinder(HogFinder(SEARCHED)) if video else HogFinder()
    if name == "hog":
        return hog
    try:
        return _helped(name, hog, video)
    except AssetUnavailable as missing:
        if name == "mesh":
            raise
        warnings.warn(f"{missing}. Until then dlib's detector looks for faces", stacklevel=2)
        return hog


def _helped(name: str, hog: Finder, video: bool) -> Finder:
    from mien.landmarks import bundle  # here: dlib's detector needs no LiteRT
    from mien.live.blaze import BlazeFinder
    from mien.live.mesh import MeshFinder

    models = bundle.models(fetch=name == "mesh")
    first = MeshFinder(models, video=video) if name == "mesh" else BlazeFinder(models, mesh=video)
    if video:
        return FirstFinder([first, hog])
    return FirstFinder([EveryFinder([first, hog]), BlazeFinder(models, unsure=True)])
