"""Expression, keypoints and eyes of faces, by trained models."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import pandas as pd
import xarray as xr
from PIL import Image

from mien.faces import cropping
from mien.faces.detectors import FaceDetector
from mien.inference import arrays, eyes, inputs, views
from mien.landmarks import detectors
from mien.models import pretrained
from mien.vocabulary import labels
from mien.vocabulary.topology import KEYPOINTS15

SIZE = 48
"""Width of the pictures that models of expressions learn from."""

SEARCHED = 4096
"""Larger pictures are shrunk to this length before faces are looked for; OpenCV cuts nothing out of 32,768 pixels."""

BOX = ["left", "top", "right", "bottom"]

POINTS = [f"{name}_{axis}" for name in KEYPOINTS15 for axis in "xy"]
"""Columns of the keypoints' places."""


class Predictor:
    """Says which expression faces show, and where their keypoints are. Threads do not share one: each opens its own.

    Args:
        model: gives probabilities: a network, or an estimator of `models.svm.table`.
        classes: names of its outputs.
        sources: name of an input -> stage, dataset and variable that it was trained on.
        keypoints: a network of gray pictures (face, y, x) -> (face, 15, 2) pixels; None: say nothing of them.
        detector: of faces in whole pictures; None: `detectors.named()`.
        lids: a model of eye states, see `eyes.states`; None: say nothing of them.
    """

    def __init__(
        self,
        model: views.Model,
        classes: Sequence[str],
        sources: Mapping[str, Sequence[str]],
        keypoints: views.Model | None = None,
        detector: FaceDetector | None = None,
        lids: views.Model | None = None,
    ):
        self.model, self.classes, self.sources, self.keypoints = model, classes, sources, keypoints
        self.detector, self.lids = detector or detectors.named(), lids

    @classmethod
    def open(
        cls,
        name: str = "small-emotion7",
        keypoints: str | None = pretrained.KEYPOINTS,
        detector: FaceDetector | None = None,
        light: bool = True,
    ) -> "Predictor":
        """Open models that ship (`pretrained.names()`).

        Args:
            name: of a model of expressions, `<model>-<target>`.
            keypoints: of a network of keypoints; None to do without.
            detector: of faces in whole pictures; None: `detectors.named()`.
            light: open networks in LiteRT's format where they ship in it, and not Keras'.

        Raises:
            ValueError: there is no such model of expressions, or its file is not the one that was published.
        """
        about = pretrained.describe(name)
        if about["target"] not in labels.TARGETS:
            raise ValueError(f"{name} tells no expressions: `mien models` lists those that do")
        points = pretrained.load(keypoints, light) if keypoints else None
        model, lids = pretrained.load(name, light), pretrained.load(pretrained.EYES, light)
        return cls(model, about["classes"], about["sources"], points, detector, lids)

    def predict(self, image: "np.typing.ArrayLike | Image.Image") -> pd.DataFrame:
        """Look at every face in a picture, or at pictures of one face each.

        Args:
            image: uint8; a picture, (height, width) gray or (height, width, channel) RGB (not OpenCV's BGR), whose
                faces are looked for; or (face, size, size) gray, faces cut as FER2013's are. What else it may be, and
                what is made of it: `arrays.checked`.

        Returns:
            One row a face, in a picture the largest first, with its `left`, `top`, `right` and `bottom`, the last two
            the first outside; `expression`; one column a class, its probability; `eye_state`, one of
            `eyes.STATES`; and `<keypoint>_x`, `<keypoint>_y`. Places are in pixels of the picture given, a pixel's
            centre at its whole number. Expression and probabilities are missing where the model needs landmarks and
            none are found, the state of the eyes where MediaPipe finds no mesh or its models are not here.

        Raises:
            ValueError: it is no picture and no faces, or not of uint8.
        """
        image = arrays.checked(image)
        if arrays.are_faces(image):
            return self.look([*image], [whole(face) for face in image])
        boxes = self.boxes(image)
        return pd.concat([pd.DataFrame(boxes, columns=BOX, dtype=int), self.look([image] * len(boxes), boxes)], axis=1)

    def boxes(self, image: "np.typing.ArrayLike | Image.Image") -> list[cropping.Box]:
        """The squares around the faces of a picture, the largest first; they may leave it.

        Args:
            image: a picture as `predict` takes it.

        Raises:
            ValueError: it is none.
        """
        image = arrays.picture(image)
        coloured = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
        scale = min(1.0, SEARCHED / max(image.shape[:2]))
        size = [max(round(scale * side), 1) for side in image.shape[1::-1]]
        seen = coloured if scale == 1 else cv2.resize(coloured, size, interpolation=cv2.INTER_AREA)
        return [tuple(round(edge / scale) for edge in face.box) for face in self.detector.find(seen)]

    def look(
        self,
        images: "Sequence[np.typing.ArrayLike | Image.Image]",
        boxes: Sequence[cropping.Box],
        meshes: np.ndarray | None = None,
    ) -> pd.DataFrame:
        """Look at faces whose places are known, all at once.

        Args:
            images: for each face the picture that it is in, as `predict` takes it.
            boxes: for each face its box, framed as FER2013's are; of a face that fills its picture, `whole` of that.
            meshes: (face, 478, 3) MediaPipe's, NaN where there is none; None: they are looked for.

        Returns:
            As `predict`, but for the boxes.

        Raises:
            ValueError: one is no picture, or a box is empty.
        """
        several = {id(image): image for image in images}  # the faces of a picture share it
        grays = {key: gray(arrays.picture(image)) for key, image in several.items()}
        pictures = [grays[id(image)] for image in images]
        given = self.features(cut(pictures, boxes, SIZE))
        answers = views.predict(self.model, given, np.full(len(self.classes), np.nan))  # (face, class)
        table = pd.DataFrame(answers, columns=[*self.classes])
        table.insert(0, "expression", most_probable(table))
        if self.lids is not None:
            meshes = eyes.meshes(cut(pictures, boxes, eyes.SIZE)) if meshes is None else meshes
            table["eye_state"] = eyes.states(self.lids, meshes)
        if self.keypoints is None:
            return table
        points = self._points(pictures, boxes).reshape(len(boxes), len(POINTS))
        return pd.concat([table, pd.DataFrame(points, columns=POINTS)], axis=1)

    def features(self, faces: np.ndarray) -> dict[str, np.ndarray]:
        """What the model is given of faces.

        Args:
            faces: (face, 48, 48) uint8.

        Returns:
            Name of an input -> (face, ...); NaN where a face has no landmarks.

        Raises:
            ValueError: they are no faces, of another size, or not of uint8.
        """
        faces = arrays.faces(faces, SIZE)
        known = {inputs.FACES: xr.Dataset({"image": (("face", "y", "x"), faces)})}
        return {
            name: inputs.made((stage, dataset), known)[variable].values
            for name, (stage, dataset, variable) in self.sources.items()
        }

    def _points(self, pictures: list[np.ndarray], boxes: Sequence[cropping.Box]) -> np.ndarray:
        """(face, 15, 2) in pixels of the pictures."""
        size = self.keypoints.input_shape[1]
        if not boxes:
            return np.empty((0, len(KEYPOINTS15), 2))
        found = views.answers(self.keypoints, {"picture": cut(pictures, boxes, size)})
        left, top, side = np.transpose([cropping.square(box) for box in boxes])[..., None, None]  # (face, 1, 1) each
        return np.concatenate([left, top], axis=-1) + (found + 0.5) * side / size - 0.5


def most_probable(probabilities: pd.DataFrame) -> pd.Series:
    """The class, a column, that each row of probabilities is highest at; missing where these are."""
    values, classes = probabilities.to_numpy(float), np.array([*probabilities], object)
    names = pd.Series(classes[np.nan_to_num(values, nan=-1).argmax(axis=1)], probabilities.index)
    return names.where(np.isfinite(values).all(axis=1))


def whole(image: np.ndarray) -> cropping.Box:
    """The box of a face that fills its picture."""
    return 0, 0, image.shape[1], image.shape[0]


def gray(image: np.ndarray) -> np.ndarray:
    """(height, width) grey levels of a picture that is gray or RGB."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def cut(pictures: Sequence[np.ndarray], boxes: Sequence[cropping.Box], size: int) -> np.ndarray:
    """Cut faces out: for each the gray picture it is in and its box -> (face, size, size) uint8."""
    faces = [cropping.crop(picture, box, size) for picture, box in zip(pictures, boxes, strict=True)]
    return np.array(faces, np.uint8).reshape(-1, size, size)
