"""Watchers for the command line."""

from mien.live import finders
from mien.live.predictor import Predictor
from mien.live.watcher import Watcher


def watcher(model: str, finder: str) -> Watcher:
    """A watcher of videos.

    Args:
        model: one that ships.
        finder: see `finders.named`, which also says what else is raised.

    Raises:
        ValueError: there is no such model.
    """
    return Watcher(Predictor.open(model, finder=finders.named(finder, video=True)))
