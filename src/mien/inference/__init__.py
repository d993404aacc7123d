"""Trained models at work on pictures; nothing of training."""

__all__ = ["Predictor"]


def __getattr__(name: str):
    """`Predictor`, imported when it is asked for: who wants `views` alone need not have the detectors' runtime."""
    if name != "Predictor":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mien.inference.predictor import Predictor

    return Predictor
