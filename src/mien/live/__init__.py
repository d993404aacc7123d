"""Trained models at work on pictures."""

from mien.live.predictor import Predictor

__all__ = ["Predictor"]
