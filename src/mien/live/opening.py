"""Watchers for the command line."""

from mien.inference.predictor import Predictor
from mien.landmarks import detectors
from mien.live.watcher import Watcher


def watcher(model: str, detector: str) -> Watcher:
    """A watcher of videos.

    Args:
        model: one that ships.
        detector: see `detectors.named`, which also says what else is raised.

    Raises:
        ValueError: there is no such model.
    """
    return Watcher(Predictor.open(model, detector=detectors.named(detector, video=True)))
