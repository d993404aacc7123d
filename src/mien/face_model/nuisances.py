"""What makes pictures of real faces hard to read: light, hands and hair, text, blur, noise, compression.

Each changes pixels and leaves points where they are, so that the truth of a sampled face stays its truth.
"""

import string

import cv2
import numpy as np

SHARES = {"light": 0.5, "hand": 0.12, "hair": 0.2, "text": 0.06, "blur": 0.25, "noise": 0.5, "compress": 1.0}
"""How many pictures have each, at a strength of 1."""


def spoil(picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Do to a picture what happens to some on their way to a data set, in the order in which it happens.

    Args:
        picture: (y, x) uint8.
        rng: of what happens.
        strength: 0 leaves it as it is; shares and amounts grow with it.

    Returns:
        (y, x) uint8.
    """
    for name, share in SHARES.items():
        happens, own = rng.random() < share * strength, rng.spawn(1)[0]
        if happens:
            picture = _KINDS[name](picture, own, strength)
    return picture


def light(picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Light from one side: levels change by up to half along a random direction."""
    angle, height, width = rng.uniform(0, 2 * np.pi), *picture.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    ramp = 1 + strength * rng.uniform(0, 0.5) * (np.cos(angle) * x + np.sin(angle) * y)
    return (picture * ramp).clip(0, 255).astype(np.uint8)


def hand(picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Three or four fingers, as bright as the face, from a side or from below."""
    size = picture.shape[1]
    side = rng.choice([0.0, 1.0])
    start = np.array([side + rng.uniform(-0.2, 0.2), rng.uniform(0.7, 1.1)])
    tip = np.array([0.5 + (side - 0.5) * rng.uniform(-0.1, 0.7), rng.uniform(0.45, 0.8)])
    across = np.array([-(tip - start)[1], (tip - start)[0]]) * 0.13
    level, layer = float(np.median(picture)) * rng.uniform(0.8, 1.25), picture.copy()
    for finger in range(rng.integers(3, 5)):
        ends = [end + finger * across for end in (start, tip + rng.normal(0, 0.03, 2))]
        _line(layer, ends, 0.8 * level, 0.085 * size)
        _line(layer, ends, level, 0.06 * size)
    return layer


def hair(picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Strands from the upper edge down over a part of the brow, and sometimes of an eye."""
    size, strands = picture.shape[1], np.zeros(picture.shape, np.uint8)
    root, width, length = rng.uniform(0, 1), rng.uniform(0.1, 0.25), rng.uniform(0.15, 0.2 + 0.3 * strength)
    for _ in range(rng.integers(15, 40)):
        x, end = root + rng.normal(0, width), length * rng.uniform(0.4, 1)
        ends = [(x, -0.05), (x + rng.normal(0, 0.03), end / 2), (x + rng.normal(0, 0.08), end)]
        _line(strands, ends, 255, 0.012 * size)
    cover = cv2.GaussianBlur(strands, None, size / 70) / 255
    level = rng.uniform(10, 60) if picture[: size // 8].mean() < 150 else rng.uniform(100, 220)
    return (picture + cover * (level - picture)).round().astype(np.uint8)


def text(picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """A word across, bright or dark, as agencies write theirs."""
    layer, size = picture.copy(), picture.shape[1]
    word = "".join(rng.choice(list(string.ascii_letters), rng.integers(5, 12)))
    place = (int(rng.uniform(-0.1, 0.3) * size), int(rng.uniform(0.2, 0.95) * size))
    level = float(rng.choice([20, 235]))
    cv2.putText(layer, word, place, cv2.FONT_HERSHEY_SIMPLEX, size * rng.uniform(0.008, 0.014), level, 1, cv2.LINE_AA)
    return cv2.addWeighted(layer, 0.7, picture, 0.3, 0)


def blur(picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Out of focus: a Gaussian of up to a fiftieth of the width."""
    return cv2.GaussianBlur(picture, None, strength * rng.uniform(0.5, 1) * picture.shape[1] / 50)


def noise(picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Of the sensor: a deviation of up to eight grey levels."""
    return (picture + rng.normal(0, strength * rng.uniform(1, 8), picture.shape)).clip(0, 255).round().astype(np.uint8)


def compress(picture: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """JPEG, of a quality between 50 and 95."""
    quality = int(95 - 45 * min(strength, 1.5) * rng.random())
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


_KINDS = {f.__name__: f for f in (light, hand, hair, text, blur, noise, compress)}


def _line(layer: np.ndarray, ends: list, level: float, width: float) -> None:
    """Draw a bent line through points in shares of the picture, in place."""
    points = (np.array(ends) * layer.shape[1] * 8).round().astype(np.int32)  # three bits behind the point
    cv2.polylines(layer, [points], False, float(np.clip(level, 0, 255)), max(round(width), 1), cv2.LINE_AA, shift=3)
