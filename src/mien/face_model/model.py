"""The statistical face model: parameters in, pictures and points out."""

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from mien.engine import store
from mien.face_model.warp import CANVAS, Mesh

VERSION = 2
FILE = Path(__file__).with_name("faces.npz")
"""The fitted model that ships with the package; `CARD.md` beside it says what it is."""

FOLD = 0.015
"""A sampled shape that turns over more of the face than this, as strongly turned heads do, is drawn towards its
expression's mean until it does not; more than a third of real FER2013 meshes turn over as much."""

FINE = 0.6
"""Share of the fine texture's deviation that is drawn: as Gaussian noise, all of it looks like scars."""

EMPHASIS = (1.6, 1.6)
"""How far the mean shape and the mean appearance of an expression are drawn from the mean of all: FER2013's labels are
noisy, and its own means faint."""

SPREAD = 0.7
"""Share of the standard deviation that is drawn: the rim of a Gaussian is where faces look like none."""


@dataclass(frozen=True)
class FaceModel:
    """An Active Appearance Model (Cootes, Edwards & Taylor, 1998), a Gaussian per expression, all of one covariance.

    Shapes are in shares of the picture's width, x and y from its top left corner. Parameters are a row of `shapes`
    shape components, `textures` texture components, then the texture's mean and the logarithm of its deviation, all
    standardised over the training faces.

    Attributes:
        version: of the file's form.
        mean_shape: (478, 3).
        shape_basis: (shapes, 478 * 3), what one standard deviation of a component adds.
        mean_texture: (72 * 72), in the mean frame, of mean 0 and deviation 1.
        texture_basis: (textures, 72 * 72), likewise.
        fine: (72 * 72) deviation of what the components leave, the fine texture of skin and hair.
        spectrum: (72, 37) its mean amplitude by spatial frequency, of white noise 1.
        light: (2, 2) mean and deviation of [mean grey level, log deviation].
        means: (7, k) of the parameters, by expression.
        factor: (k, k) Cholesky factor of the covariance that all expressions share.
        blendshape_map: (shapes + 1, 52) linear map, the last row constant.
    """

    version: np.ndarray
    mean_shape: np.ndarray
    shape_basis: np.ndarray
    mean_texture: np.ndarray
    texture_basis: np.ndarray
    fine: np.ndarray
    spectrum: np.ndarray
    light: np.ndarray
    means: np.ndarray
    factor: np.ndarray
    blendshape_map: np.ndarray

    @cached_property
    def mesh(self) -> Mesh:
        """The mean shape's triangles."""
        return Mesh(self.mean_shape[:, :2])

    @property
    def shapes(self) -> int:
        """Number of shape components."""
        return len(self.shape_basis)

    def sample(
        self, n: int, emotion: int, seed: int, emphasis: npt.ArrayLike = EMPHASIS, spread: float = SPREAD
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw faces of an expression.

        Args:
            n: how many.
            emotion: code of the expression.
            seed: same seed, same faces.
            emphasis: how far the expression's mean is drawn from the mean of all, in shape and in appearance: one
                pair, or (n, 2), one for each face; 1 is as in the training faces.
            spread: share of the standard deviation that is drawn; 1 is as in the training faces.

        Returns:
            Shape parameters (n, shapes) and appearance parameters (n, textures + 2).
        """
        normal = np.random.default_rng((seed, emotion)).standard_normal((n, self.means.shape[1]))
        mean = self.apex(emotion, emphasis)
        shape, appearance = np.split(mean + spread * normal @ self.factor.T, [self.shapes], axis=1)
        plain = self.means.mean(axis=0)[: self.shapes]  # an emphasised mean may fold itself
        return self._all_unfolded(shape, np.broadcast_to(plain, shape.shape)), appearance

    def apex(self, emotion: int, emphasis: npt.ArrayLike = EMPHASIS) -> np.ndarray:
        """Parameters (..., k) of the mean of an expression's faces, `emphasis` times as far from the mean of all."""
        counts = [self.shapes, self.means.shape[1] - self.shapes]
        pairs = np.broadcast_to(emphasis, np.broadcast_shapes(np.shape(emphasis), (2,)))  # (..., 2)
        factor = np.repeat(pairs, counts, axis=-1)
        return self.means.mean(axis=0) + factor * (self.means[emotion] - self.means.mean(axis=0))

    def _all_unfolded(self, shape: np.ndarray, towards: np.ndarray) -> np.ndarray:
        """(n, shapes) parameters, each drawn towards others until it folds no more than `FOLD`."""
        unfolded = shape.copy()
        for row, end in zip(unfolded, towards, strict=True):
            while self.mesh.folds(self.points(row[None], 1)[0, :, :2] + 0.5) > FOLD:
                row[:] = end + 0.9 * (row - end)
        return unfolded

    def turned(self, shape: np.ndarray, angles: np.ndarray) -> np.ndarray:
        """Turn heads in space, each as far as its face does not fold.

        Args:
            shape: (n, shapes) parameters.
            angles: (n, 3) degrees about the vertical, the horizontal and the viewer's axis.

        Returns:
            (n, shapes) parameters of the nearest shapes that the model has.
        """
        meshes = self.points(shape, 1)
        middle = meshes.mean(axis=1, keepdims=True)
        turns = Rotation.from_euler("yxz", angles, degrees=True).as_matrix()  # (n, 3, 3)
        moved = (np.einsum("nij,npj->npi", turns, meshes - middle) - meshes + middle).reshape(
            len(shape), self.shape_basis.shape[1]
        )
        turned = shape + moved @ np.linalg.pinv(self.shape_basis)
        return self._all_unfolded(turned, shape)

    def points(self, shape: np.ndarray, size: int) -> np.ndarray:
        """The mesh of faces: (n, shapes) parameters -> (n, 478, 3) in pixels of a picture of that size."""
        shares = self.mean_shape + (shape @ self.shape_basis).reshape(len(shape), *self.mean_shape.shape)
        return shares * size - [0.5, 0.5, 0]

    def render(
        self, shape: np.ndarray, appearance: np.ndarray, size: int = 48, rng: np.random.Generator | None = None
    ) -> np.ndarray:
        """Draw faces.

        Args:
            shape: (n, shapes) parameters.
            appearance: (n, textures + 2) parameters.
            size: of the pictures, in pixels.
            rng: of the fine texture; None: smooth faces, as a few hundred numbers describe them.

        Returns:
            (n, size, size) uint8.
        """
        texture = self._textures(appearance, rng)
        corners = (self.points(shape, 1) + [0.5, 0.5, 0])[:, :, :2]  # (n, 478, 2) shares of the picture
        images = np.empty((len(shape), size, size), np.uint8)
        for image, face, points in zip(images, texture, corners, strict=True):
            source = self.mesh.backward(points, size)
            drawn = cv2.remap(face, source, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            image[:] = drawn.clip(0, 255).round()
        return images

    def _textures(self, appearance: np.ndarray, rng: np.random.Generator | None) -> np.ndarray:
        """(n, textures + 2) -> (n, 72, 72) float32 grey levels in the mean frame."""
        weights, light = np.split(appearance, [len(self.texture_basis)], axis=1)
        level, deviation = (self.light[0] + light * self.light[1]).T[:, :, None]
        texture = self.mean_texture + weights.astype(np.float32) @ self.texture_basis  # (n, pixel)
        if rng:
            texture = texture + self._fine(len(texture), rng)
        return (level + np.exp(deviation) * texture).astype(np.float32).reshape(-1, CANVAS, CANVAS)

    def _fine(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, pixel) Gaussian noise with the spectrum and, place by place, the deviation of fine texture."""
        noise = rng.standard_normal((n, CANVAS, CANVAS), np.float32)
        filtered = np.fft.irfft2(np.fft.rfft2(noise) * self.spectrum, (CANVAS, CANVAS))
        return FINE * self.fine * filtered.reshape(n, -1)

    def blendshapes(self, shape: np.ndarray) -> np.ndarray:
        """What MediaPipe would say of the shapes: (n, shapes) -> (n, 52) in [0, 1], by a linear map."""
        return (shape @ self.blendshape_map[:-1] + self.blendshape_map[-1]).clip(0, 1)

    def save(self, path: Path) -> None:
        """Write the model; the texture basis in eight bits a number, which costs no visible grey level."""
        scale = np.abs(self.texture_basis).max(axis=1, keepdims=True) / 127
        arrays = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}
        arrays = {name: a.astype(np.float16) if a.dtype.kind == "f" else a for name, a in arrays.items()}
        arrays["texture_basis"] = np.round(self.texture_basis / scale).astype(np.int8)
        with store.aside(path) as temporary:
            np.savez_compressed(temporary, texture_scale=scale.astype(np.float32), **arrays)

    @classmethod
    def open(cls, path: Path = FILE) -> "FaceModel":
        """Read a model.

        Raises:
            ValueError: the file is damaged, is no face model, or is of another version.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
                scale = arrays.pop("texture_scale")
                model = cls(**{k: a.astype(np.float32) if a.dtype.kind in "fi" else a for k, a in arrays.items()})
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise ValueError(f"{path} is not a face model, or is damaged ({error})") from None
        if model.version != VERSION:
            raise ValueError(f"{path} is a face model of version {int(model.version)}; expected version {VERSION}")
        model.texture_basis[:] *= scale
        return model
