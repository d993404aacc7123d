"""The detectors by their names."""

import warnings

from mien.engine.assets import AssetUnavailable
from mien.faces.detectors import EveryDetector, FaceDetector, FirstDetector, HogDetector
from mien.landmarks.following import FollowingDetector

DETECTORS = ("blaze", "mesh", "hog")

SEARCHED = 640
"""Frames are shrunk to this length before HOG searches them: a face must fill an eighth of it."""


def named(name: str = "blaze", video: bool = False) -> FaceDetector:
    """A detector.

    BlazeFace and the mesh miss faces of less than a fifth of a picture, so dlib's detector helps them: in a picture it
    adds its own; in a video, where that would take too long, it looks at the frames where they find none. Of a large
    picture BlazeFace looks at the parts, too.

    Args:
        name: one of `DETECTORS`. Where MediaPipe's models are missing, "blaze" is "hog", with a warning that says so.
        video: for pictures that follow one another.

    Raises:
        ValueError: there is no such detector.
        AssetUnavailable: "mesh" is asked for, and MediaPipe's models are neither here nor to be fetched.
    """
    if name not in DETECTORS:
        raise ValueError(f"no detector {name!r}: expected one of {', '.join(DETECTORS)}")
    hog = FollowingDetector(HogDetector(SEARCHED)) if video else HogDetector()
    if name == "hog":
        return hog
    try:
        return _helped(name, hog, video)
    except AssetUnavailable as missing:
        if name == "mesh":
            raise
        warnings.warn(f"{missing}. Until then dlib's detector looks for faces", stacklevel=2)
        return hog


def _helped(name: str, hog: FaceDetector, video: bool) -> FaceDetector:
    from mien.landmarks import bundle  # here: dlib's detector needs no LiteRT
    from mien.landmarks.blaze_detector import BlazeDetector
    from mien.landmarks.mesh_detector import MeshDetector
    from mien.landmarks.tiled_detector import TiledDetector

    models = bundle.models(fetch=name == "mesh")
    first = MeshDetector(models, video=video) if name == "mesh" else BlazeDetector(models, mesh=video)
    if video:
        return FirstDetector([first, hog])
    small = TiledDetector(BlazeDetector(models, certain=True))
    return FirstDetector([EveryDetector([first, hog, small]), BlazeDetector(models, unsure=True)])
