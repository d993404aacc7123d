"""Fits the statistical face model to real faces and their meshes."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from mien.engine.progress import tqdm
from mien.face_model.model import VERSION, FaceModel
from mien.face_model.warp import CANVAS, Mesh
from mien.vocabulary.labels import EMOTIONS

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

SHAPES = 30
TEXTURES = 440


def fit(
    faces: xr.Dataset, landmarks: xr.Dataset, shapes: int = SHAPES, textures: int = TEXTURES, seed: int = 0
) -> FaceModel:
    """Fit to the detected training faces.

    Args:
        faces: a faces dataset.
        landmarks: MediaPipe's meshes and blendshapes of the same faces.
        shapes: shape components.
        textures: texture components.
        seed: of the randomised decomposition.

    Returns:
        The model.
    """
    from sklearn.decomposition import PCA  # here: who draws faces only need not wait for scikit-learn
    from sklearn.linear_model import Ridge

    rows = _usable(faces, landmarks)
    image, emotion = faces["image"].values[rows], faces["emotion"].values[rows]
    points = (landmarks["points"].values[rows] + [0.5, 0.5, 0]) / image.shape[2]  # shares of the picture
    pca = PCA(shapes, random_state=seed).fit(points.reshape(len(points), -1))
    mean = pca.mean_.reshape(points.shape[1:])
    texture, light = _textures(Mesh(mean[:, :2]), image, points[..., :2])
    look = PCA(textures, svd_solver="randomized", random_state=seed).fit(texture)
    scale = np.sqrt(pca.explained_variance_), np.sqrt(look.explained_variance_)
    shape = pca.transform(points.reshape(len(points), -1)) / scale[0]
    standard = np.stack([light.mean(axis=0), light.std(axis=0)])
    parameters = np.hstack([shape, look.transform(texture) / scale[1], (light - standard[0]) / standard[1]])
    means = np.stack([parameters[emotion == code].mean(axis=0) for code in range(len(EMOTIONS))])
    fine, spectrum = _left(texture, look)
    linear = Ridge(1.0).fit(shape, landmarks["blendshape"].values[rows])
    return FaceModel(
        version=np.array(VERSION),
        mean_shape=mean,
        shape_basis=pca.components_ * scale[0][:, None],
        mean_texture=look.mean_,
        texture_basis=look.components_ * scale[1][:, None],
        fine=fine,
        spectrum=spectrum,
        light=standard,
        means=means,
        factor=np.linalg.cholesky(np.cov((parameters - means[emotion]).T)),
        blendshape_map=np.vstack([linear.coef_.T, linear.intercept_]),
    )


def _usable(faces: xr.Dataset, landmarks: xr.Dataset) -> np.ndarray:
    """Training faces of known expression whose mesh was found and lies on the canvas."""
    shares = landmarks["points"].values[..., :2] / faces.sizes["x"]
    with np.errstate(invalid="ignore"):  # NaN where no face was found: not on the canvas
        inside = ((shares > -0.2) & (shares < 1.2)).all(axis=(1, 2))
    return inside & (faces["split"].values == "train") & (faces["emotion"].values >= 0)


def _textures(mesh: Mesh, image: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures in the mean frame, (n, pixel) normalised, and [mean, log deviation] of each, (n, 2)."""
    texture = np.empty((len(image), CANVAS * CANVAS), np.float32)
    for row, picture, shape in zip(texture, tqdm(image, "warping", unit="face"), points, strict=True):
        row[:] = mesh.texture(picture, shape).ravel()
    level, deviation = texture.mean(axis=1, keepdims=True), texture.std(axis=1, keepdims=True) + 1
    texture -= level
    texture /= deviation
    return texture, np.hstack([level, np.log(deviation)])


def _left(texture: np.ndarray, look: "PCA", tried: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Deviation (pixel,) and mean amplitude by frequency (y, x) of what the components leave of some pictures."""
    some = texture[:: max(len(texture) // tried, 1)]
    left = some - look.inverse_transform(look.transform(some))
    fine = left.std(axis=0)
    waves = np.abs(np.fft.rfft2((left / (fine + 1e-6)).reshape(-1, CANVAS, CANVAS)))
    return fine, np.sqrt((waves**2).mean(axis=0)) / CANVAS  # white noise of deviation 1 has CANVAS there
