"""Built-in faces, nobody's: raw files in the forms of the real sources, drawn from the statistical face model."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mien.engine import paths, store
from mien.engine.progress import tqdm
from mien.face_model import FILE, FaceModel, eyes, nuisances
from mien.face_model.model import SPREAD
from mien.sources import ckplus, sampled_fer2013
from mien.vocabulary import topology
from mien.vocabulary.labels import EMOTIONS

FRAMES = 10
"""Pictures of a sequence, from neutral to apex."""

APEX = 1.2
"""How far beyond its expression's mean a sequence goes: posed expressions are strong."""

FACES = {"sample": 2400, "smoke": 168}
"""The built-in profiles, and how many faces their `fer2013.csv` has."""

SUBJECTS = 3
"""Least number of people in CK+: each split has one."""

ALWAYS = ("left_eye_center", "right_eye_center", "nose_tip", "mouth_center_bottom_lip")
"""The four keypoints that every row of Kaggle's file has."""

COMPLETE = 0.3
"""Share of Kaggle's rows that have all fifteen: 2,140 of 7,049."""

OPENINGS = (0.05, 0.5)
"""Of the eyes of the eye states, all alike frequent; no state is much wider than another."""

OPENING_SPREAD = 0.5
"""`SPREAD` of the face model for the eye states: with its 0.7, textures of open eyes more often stand in shapes of
narrowed ones, and the opening that MediaPipe sees correlates with the drawn one by 0.91 instead of 0.94."""

SIZES = (150, 260)
"""Height and width of one's own pictures, at least and at most, in pixels; the faces have `FACE` of them."""

FACE = 120

TRUTH = "truth.npz"
"""The meshes and blendshapes behind the faces of a folder, with their ids."""


def raw(profile: str) -> Path:
    """The folder of raw data of a profile; the faces of a built-in one are drawn on first use.

    They are drawn again when the face model, a dial or the code that draws has changed.
    """
    if profile not in FACES:
        return paths.raw()
    folder = paths.home() / "data" / "raw" / profile
    drawn_by = [*sorted(FILE.parent.glob("*.py")), FILE, sampled_fer2013.DIALS, sampled_fer2013.__file__, __file__]
    origin = " ".join(store.digest(Path(path)) for path in drawn_by)
    mark = folder / paths.DRAWN
    if not mark.exists() or mark.read_text() != origin:
        write(folder, FACES[profile])
        with store.aside(mark) as temporary:
            temporary.write_text(origin)
    return folder


def write(folder: Path, faces: int, seed: int = 0) -> None:
    """Write the raw files of every source; same seed, same bytes.

    Args:
        folder: of raw data; gets `fer2013/`, `keypoints/`, `ckplus/`, `folder/` and `eye_state/`.
        faces: in `fer2013.csv`; the others have a tenth of that, or a few, and CK+ one subject for 200 faces.
        seed: of all that is drawn.
    """
    model = FaceModel.open()
    for name, writer, n in (
        ("fer2013", write_fer2013, faces),
        ("keypoints", write_keypoints, faces // 10),
        ("ckplus", write_ckplus, max(faces // 200, SUBJECTS)),
        ("folder", write_folder, max(faces // 10, 70)),
        ("eye_state", write_eye_states, max(faces // 10, 40)),
    ):
        with store.aside(folder / name) as temporary:
            temporary.mkdir(parents=True)
            writer(temporary, model, n, seed)


def write_fer2013(folder: Path, model: FaceModel, n: int, seed: int) -> None:
    """Write `fer2013.csv`, and the meshes behind it as `truth.npz`."""
    shape = sampled_fer2013.write(folder, model, n, seed)
    _write_truth(folder, model, shape, 48, [f"{i:05d}" for i in range(n)])


def write_keypoints(folder: Path, model: FaceModel, n: int, seed: int) -> None:
    """Write `training.csv` as Kaggle's: 96x96, thirty coordinates, most rows with four of the fifteen points."""
    rng = np.random.default_rng(seed + 1)
    shape, appearance = _draw(model, rng.integers(0, len(EMOTIONS), n), seed + 1)
    points = topology.as_keypoints15(topology.as_dlib68(model.points(shape, 96)[..., :2]))  # (n, 15, 2)
    names = [f"{name}_{axis}" for name in topology.KEYPOINTS15 for axis in "xy"]
    table = pd.DataFrame(points.reshape(n, -1).round(4), columns=names)
    rare = [name for name in names if name[:-2] not in ALWAYS]
    table.loc[rng.random(n) > COMPLETE, rare] = np.nan
    strength = sampled_fer2013.Dials.open().nuisances
    images = (nuisances.spoil(image, rng, strength) for image in _rendered(model, shape, appearance, 96))
    table["Image"] = [" ".join(map(str, image.ravel().tolist())) for image in images]
    table.to_csv(folder / "training.csv", index=False, lineterminator="\n")


def write_ckplus(folder: Path, model: FaceModel, n: int, seed: int) -> None:
    """Write n subjects in the layout of CK+, each with a sequence from neutral to the apex of every expression."""
    shape, appearance = _draw(model, np.full(n, EMOTIONS.index("neutral")), seed + 2)
    start = np.hstack([shape, appearance])
    neutral = model.apex(EMOTIONS.index("neutral"))
    ckplus_code = {name: number for number, name in ckplus.CODES.items()}
    for subject, own in enumerate(start, 1):
        for session, code in enumerate((c for c, name in enumerate(EMOTIONS) if name != "neutral"), 1):
            frames = own + np.linspace(0, 1, FRAMES)[:, None] * APEX * (model.apex(code) - neutral)
            images = model.render(frames[:, : model.shapes], frames[:, model.shapes :], 96)
            _write_sequence(folder, f"S{subject:03d}", f"{session:03d}", images, ckplus_code[EMOTIONS[code]])


def _write_sequence(folder: Path, subject: str, session: str, images: np.ndarray, code: int) -> None:
    pictures = folder / "cohn-kanade-images" / subject / session
    said = folder / "Emotion" / subject / session
    pictures.mkdir(parents=True)
    said.mkdir(parents=True)
    for number, image in enumerate(images, 1):
        Image.fromarray(image).save(pictures / f"{subject}_{session}_{number:08d}.png")
    (said / f"{subject}_{session}_{len(images):08d}_emotion.txt").write_text(f"   {code:.7e}\n")


def write_folder(folder: Path, model: FaceModel, n: int, seed: int) -> None:
    """Write one's own pictures: `<expression>/<name>.png`, of many sizes, a face somewhere on each."""
    rng = np.random.default_rng(seed + 4)
    emotion = np.arange(n) % len(EMOTIONS)
    shape, appearance = _draw(model, emotion, seed + 4)
    for name in EMOTIONS:
        (folder / name).mkdir()
    for i, (code, face) in enumerate(zip(emotion, _rendered(model, shape, appearance, FACE), strict=True)):
        height, width = rng.integers(*SIZES, 2)
        top, left = rng.integers(0, (height - FACE, width - FACE))
        around = ((top, height - FACE - top), (left, width - FACE - left))
        picture = np.pad(face, around, "linear_ramp", end_values=128)
        Image.fromarray(picture).save(folder / EMOTIONS[code] / f"face_{i:05d}.png")


def write_eye_states(folder: Path, model: FaceModel, n: int, seed: int) -> None:
    """Write faces into one folder per state of the eyes; how far they are open as `truth.csv`, the meshes likewise."""
    rng = np.random.default_rng(seed + 3)
    wanted = rng.uniform(*OPENINGS, n)
    shape, appearance = _draw(model, rng.integers(0, len(EMOTIONS), n), seed + 3, OPENING_SPREAD)
    shape, appearance = eyes.with_opening(model, shape, appearance, wanted)
    opening = eyes.opening(model.points(shape, 96))
    middles = np.array(list(eyes.STATES.values()))
    state = [list(eyes.STATES)[k] for k in np.abs(opening[:, None] - middles).argmin(axis=1)]
    for name in eyes.STATES:
        (folder / name).mkdir()
    names = [f"face_{i:05d}" for i in range(n)]
    for image, name, label in zip(_rendered(model, shape, appearance, 96), names, state, strict=True):
        Image.fromarray(image).save(folder / label / f"{name}.png")
    table = {"file": [f"{name}.png" for name in names], "state": state, "opening": opening.round(4)}
    pd.DataFrame(table).to_csv(folder / "truth.csv", index=False, lineterminator="\n")
    _write_truth(folder, model, shape, 96, names)


def _write_truth(folder: Path, model: FaceModel, shape: np.ndarray, size: int, names: list[str]) -> None:
    points = model.points(shape, size).astype(np.float32)
    np.savez_compressed(folder / TRUTH, id=names, points=points, blendshape=model.blendshapes(shape))


def _draw(model: FaceModel, emotion: np.ndarray, seed: int, spread: float = SPREAD) -> tuple[np.ndarray, np.ndarray]:
    """Parameters of one face per entry of `emotion`."""
    shape = np.empty((len(emotion), model.shapes))
    appearance = np.empty((len(emotion), model.means.shape[1] - model.shapes))
    for code in np.unique(emotion):
        rows = emotion == code
        shape[rows], appearance[rows] = model.sample(rows.sum(), int(code), seed, spread=spread)
    return shape, appearance


def _rendered(model: FaceModel, shape: np.ndarray, appearance: np.ndarray, size: int):
    """Pictures one after the other, a few at a time, with a progress bar."""
    for start in tqdm(range(0, len(shape), 64), f"drawing at {size}x{size}", unit="batch", delay=1):
        yield from model.render(shape[start : start + 64], appearance[start : start + 64], size)
