"""Trained models at work on pictures; nothing of training."""

from mien.inference.predictor import Predictor

__all__ = ["Predictor"]
