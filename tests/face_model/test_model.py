import cv2
import numpy as np
import pytest

from mien.face_model import FaceModel, eyes, warp
from mien.face_model.model import FILE, FOLD
from mien.vocabulary import topology
from mien.vocabulary.labels import EMOTIONS


@pytest.fixture(scope="module")
def model():
    return FaceModel.open()


@pytest.mark.parametrize("size", [48, 96])
def test_a_face_is_a_picture_with_its_points_in_it(model, size):
    shape, appearance = model.sample(5, EMOTIONS.index("happy"), seed=0)
    assert model.render(shape, appearance, size).shape == (5, size, size)
    points = model.points(shape, size)
    assert points.shape == (5, 478, 3)
    inside = (points[..., :2] > -0.1 * size) & (points[..., :2] < 1.1 * size)
    assert inside.mean() > 0.95
    assert ((model.blendshapes(shape) >= 0) & (model.blendshapes(shape) <= 1)).all()


def test_the_same_seed_draws_the_same_faces_and_another_others(model):
    a, b, c = (np.hstack(model.sample(3, 4, seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.isclose(a, c).any()


def test_no_faces_are_none(model):
    shape, appearance = model.sample(0, EMOTIONS.index("disgust"), seed=0)
    assert model.render(model.turned(shape, np.zeros((0, 3))), appearance).shape == (0, 48, 48)


def test_points_lie_where_the_renderer_puts_them(model):
    """Paint bright marks on the texture at some vertices, render bent shapes, and look for the marks."""
    vertices = [4, 33, 263, 61, 291, 152]  # tip of the nose, corners of eyes and mouth, chin
    where = warp.to_canvas(model.mean_shape[vertices, :2])
    columns, rows = np.meshgrid(np.arange(warp.CANVAS), np.arange(warp.CANVAS))
    shape, _ = model.sample(4, EMOTIONS.index("neutral"), seed=3)
    for points in model.points(shape, 192)[:, :, :2]:
        source = model.mesh.backward((points + 0.5) / 192, 192)
        inside = [k for k, vertex in enumerate(vertices) if (abs(points[vertex] - 96) < 85).all()]
        assert len(inside) >= 4
        for vertex, (x, y) in ((vertices[k], where[k]) for k in inside):
            mark = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 2).astype(np.float32)
            drawn = cv2.remap(mark, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            found = np.array([np.sum(np.arange(192) * drawn.sum(axis=i)) for i in (0, 1)]) / drawn.sum()
            eyes_apart = np.linalg.norm(points[33] - points[263])
            assert np.linalg.norm(found - points[vertex]) < 0.06 * eyes_apart


def test_expressions_differ_where_they_should(model):
    """The mouth's corners are wider in joy, its lips further apart in surprise, than in a neutral face."""
    means = topology.as_dlib68(model.points(model.means[:, : model.shapes], 1))
    mouth = dict(zip(EMOTIONS, means, strict=True))
    width = {name: np.linalg.norm(p[48] - p[54]) / topology.interocular(p) for name, p in mouth.items()}
    gap = {name: np.linalg.norm(p[62] - p[66]) / topology.interocular(p) for name, p in mouth.items()}
    assert max(width, key=width.get) == "happy"
    assert max(gap, key=gap.get) == "surprise"


def test_shapes_fold_no_more_than_is_allowed(model):
    shape, _ = model.sample(50, EMOTIONS.index("fear"), seed=5)
    assert max(model.mesh.folds(p[:, :2] + 0.5) for p in model.points(shape, 1)) <= FOLD


def test_however_strong_an_expression_no_shape_folds(model):
    """Nine times an expression's mean folds by itself: the face that is drawn gives way."""
    disgust = EMOTIONS.index("disgust")
    assert model.mesh.folds(model.points(model.apex(disgust, 9)[None, : model.shapes], 1)[0, :, :2] + 0.5) > FOLD
    shape, _ = model.sample(3, disgust, seed=0, emphasis=9, spread=0.1)
    assert max(model.mesh.folds(p[:, :2] + 0.5) for p in model.points(shape, 1)) <= FOLD


def test_each_face_may_have_an_expression_of_its_own_strength(model):
    """Without spread a face is its emphasised mean: none of it, as in training faces, and in appearance alone."""
    happy = EMOTIONS.index("happy")
    pairs = np.array([[0, 0], [1, 1], [0, 2]], float)
    faces = np.hstack(model.sample(3, happy, seed=0, emphasis=pairs, spread=0))
    plain, own = model.means.mean(axis=0), model.means[happy] - model.means.mean(axis=0)
    np.testing.assert_allclose(faces[:2], [plain, plain + own], atol=1e-5)
    np.testing.assert_allclose(faces[2, : model.shapes], plain[: model.shapes], atol=1e-5)
    np.testing.assert_allclose(faces[2, model.shapes :], (plain + 2 * own)[model.shapes :], atol=1e-4)


def test_heads_turn_as_they_are_told(model):
    """A turn in the picture's plane turns the line of the eyes; one about the vertical moves the nose, not the face."""
    shape, _ = model.sample(12, EMOTIONS.index("neutral"), seed=2)
    still = model.points(shape, 1)[..., :2]

    def angle(points):
        return np.degrees(np.arctan2(*np.moveaxis(points[:, 263] - points[:, 33], -1, 0)[::-1]))

    def nose(points):
        return (points[:, 4, 0] - points[..., 0].mean(axis=1)) / np.ptp(points[..., 0], axis=1)

    def turned(*angles):
        return model.points(model.turned(shape, np.tile(angles, (12, 1)).astype(float)), 1)[..., :2]

    np.testing.assert_allclose(turned(0, 0, 0), still, atol=1e-9)
    np.testing.assert_allclose(angle(turned(0, 0, 8)) - angle(still), 8, atol=1.5)
    one_way, other = nose(turned(6, 0, 0)) - nose(still), nose(turned(-6, 0, 0)) - nose(still)
    assert (np.abs(one_way) + np.abs(other) > 0.02).all()
    assert (one_way * other <= 0).all()


def test_eyes_open_as_far_as_they_are_told(model):
    shape, appearance = model.sample(20, EMOTIONS.index("neutral"), seed=1)
    wanted = np.repeat([0.1, 0.2, 0.3, 0.4], 5)
    moved, _ = eyes.with_opening(model, shape, appearance, wanted)
    np.testing.assert_allclose(eyes.opening(model.points(moved, 1)), wanted, atol=0.03)


def test_a_saved_model_comes_back(model, tmp_path):
    model.save(tmp_path / "again.npz")
    again = FaceModel.open(tmp_path / "again.npz")
    np.testing.assert_allclose(again.mean_shape, model.mean_shape)
    np.testing.assert_allclose(again.texture_basis, model.texture_basis, atol=np.abs(model.texture_basis).max() / 100)


def test_the_shipped_file_is_small():
    assert FILE.stat().st_size <= 2.5 * 2**20


def test_a_damaged_file_is_refused_by_name(tmp_path):
    (tmp_path / "cut.npz").write_bytes(FILE.read_bytes()[:-1000])
    (tmp_path / "text.npz").write_text("no model")
    for name in ("cut.npz", "text.npz"):
        with pytest.raises(ValueError, match=f"{name} is not a face model, or is damaged"):
            FaceModel.open(tmp_path / name)


def test_a_file_of_another_version_is_refused_by_name(tmp_path):
    with np.load(FILE) as file:
        arrays = dict(file)
    np.savez(tmp_path / "next.npz", **{**arrays, "version": np.array(99)})
    with pytest.raises(ValueError, match=r"next.npz is a face model of version 99; expected version 2"):
        FaceModel.open(tmp_path / "next.npz")
