"""One answer from several views of the same picture."""

import keras
import numpy as np

from mien.augmentation import warp

CORNERS = ((0, 0), (-1, -1), (1, -1), (-1, 1), (1, 1))
"""Where a crop lies along x and y: in the middle, then in the four corners."""

BATCH = 512


def predict(model: keras.Model, inputs: dict[str, np.ndarray], views: int = 1) -> np.ndarray:
    """Probabilities of the whole picture, or the mean over ten crops (Krizhevsky et al., 2012).

    Args:
        model: gives probabilities.
        inputs: name -> (face, ...).
        views: 1 or 10.

    Returns:
        (face, class).

    Raises:
        ValueError: another number of views, or ten of a model that takes more than a picture.
    """
    if views == 1:
        only, *others = inputs.values()
        return model.predict(inputs if others else only, batch_size=BATCH, verbose=0)
    if views != 10 or list(inputs) != ["picture"]:
        raise ValueError(f"expected 1 view, or 10 of a picture alone; got {views} of {', '.join(inputs)}")
    crops = ten_crops(inputs["picture"])
    return np.mean([model.predict(crop, batch_size=BATCH, verbose=0) for crop in crops], axis=0)


def ten_crops(pictures: np.ndarray, share: float = 0.92) -> np.ndarray:
    """The middle and the four corners of each picture, enlarged to its size, and their mirror images.

    Args:
        pictures: (face, y, x) uint8.
        share: of the width and height that a crop keeps.

    Returns:
        (10, face, y, x) uint8.
    """
    off = (1 / share - 1) / 2  # how far a corner is from the middle, in widths of the enlarged picture
    shifts = [(-off * x, -off * y) for x, y in CORNERS]  # what moves left shows its right
    views = [(shift, flip) for flip in (False, True) for shift in shifts]
    return np.stack([[warp(picture, shift, 1 / share, flip=flip) for picture in pictures] for shift, flip in views])
