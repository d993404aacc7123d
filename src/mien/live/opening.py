"""Watchers for the command line."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from mien import assets
from mien.live.finder import Finder, FirstFinder, HogFinder
from mien.live.following import FollowingFinder
from mien.live.predictor import Predictor
from mien.live.watcher import Watcher

FINDERS = ("auto", "hog", "mesh")

SEARCHED = 640
"""Frames are shrunk to this length before HOG searches them: a face must fill an eighth of it."""


@contextmanager
def watcher(model: str, finder: str) -> Iterator[Watcher]:
    """A watcher of videos.

    Args:
        model: one that ships.
        finder: one of `FINDERS`; "auto" is "mesh" if its file is at hand, and "hog" if not.

    Raises:
        ValueError: there is no such model or finder.
        assets.AssetUnavailable: "mesh" is asked for, and its file is neither at hand nor to be fetched.
    """
    if finder not in FINDERS:
        raise ValueError(f"no finder {finder!r}: expected one of {', '.join(FINDERS)}")
    with ExitStack() as stack:
        yield Watcher(Predictor.open(model, finder=_finder(finder, stack)))


def _finder(name: str, stack: ExitStack) -> Finder:
    if name == "mesh" or (name == "auto" and assets.at_hand(assets.FACE_LANDMARKER)):
        from mien.live.mesh import MeshFinder  # here: MediaPipe takes seconds to load

        # MediaPipe's short-range detector misses faces of less than a fifth of a frame, which dlib's may still find
        return FirstFinder([stack.enter_context(MeshFinder(video=True)), FollowingFinder(HogFinder(SEARCHED))])
    return FollowingFinder(HogFinder(SEARCHED))
