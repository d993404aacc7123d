"""Faces that were moved come back, and what was taken from them can be given back."""

from functools import partial

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes
from scipy.spatial import procrustes as scipy_procrustes
from scipy.spatial.transform import Rotation

from mien.engine import blocks, store
from mien.face_model import FaceModel
from mien.landmarks import alignment
from mien.vocabulary import topology

pytestmark = pytest.mark.filterwarnings("error")

SHAPE = alignment.reference().astype(float)
axes_of_a_face = pytest.mark.parametrize("axes", [2, 3])
numbers = st.floats(-50, 50)
angles = st.floats(-np.pi, np.pi)
sizes = st.floats(0.1, 100)


@pytest.fixture
def faces():
    """(4, 478, 3) faces of several expressions in pixels, turned and shifted; the third was not found."""
    model = FaceModel.open()
    points = model.points(np.concatenate([model.sample(1, code, seed=1)[0] for code in range(4)]), 48)
    points[2] = np.nan
    return points


def turned(shape, turn, size=1.0, shift=0.0):
    """A face that was rotated, scaled and shifted."""
    return size * shape @ turn[: shape.shape[-1], : shape.shape[-1]].T + shift


@axes_of_a_face
@given(angles, sizes, numbers)
@settings(max_examples=25)
def test_the_eyes_tell_roll_size_and_place(axes, angle, size, shift):
    moved = turned(SHAPE[:, :axes], Rotation.from_euler("z", angle).as_matrix(), size, shift)[None]
    found = alignment.by_eyes(moved)
    np.testing.assert_allclose(found.apply(moved)[0], SHAPE[:, :axes], atol=1e-6)
    np.testing.assert_allclose(found.scale, size, rtol=1e-6)
    np.testing.assert_allclose(found.centre, shift, atol=1e-4)


@given(angles, angles, angles, sizes, numbers)
@settings(max_examples=25)
def test_procrustes_undoes_any_rotation_in_space(x, y, z, size, shift):
    moved = turned(SHAPE, Rotation.from_euler("xyz", [x, y, z]).as_matrix(), size, shift)[None]
    found = alignment.procrustes(moved, SHAPE)
    np.testing.assert_allclose(found.apply(moved)[0], SHAPE, atol=1e-6)
    np.testing.assert_allclose(found.scale, size, rtol=1e-6)


@axes_of_a_face
def test_procrustes_is_that_of_scipy_face_by_face(faces, axes):
    reference = SHAPE[:, :axes]
    faces = faces[[0, 1, 3], :, :axes]
    aligned = alignment.procrustes(faces, reference).apply(faces)
    centred = reference - reference.mean(axis=0)
    for face, ours in zip(faces, aligned, strict=True):
        _, theirs, _ = scipy_procrustes(reference, face)  # in units of the reference's norm
        np.testing.assert_allclose(ours, theirs * np.linalg.norm(centred) + reference.mean(axis=0), atol=1e-5)
        rotation, _ = orthogonal_procrustes(face - face.mean(axis=0), centred)
        np.testing.assert_allclose(alignment.procrustes(face[None], reference).rotation[0], rotation.T, atol=1e-5)


def test_a_mirrored_face_is_turned_and_never_reflected():
    flipped, centred = SHAPE * [-1, 1, 1], SHAPE - SHAPE.mean(axis=0)
    found = alignment.procrustes(flipped[None], SHAPE).rotation[0]
    expected, _ = Rotation.align_vectors(centred, flipped - flipped.mean(axis=0))
    np.testing.assert_allclose(found, expected.as_matrix(), atol=1e-6)
    flat = alignment.procrustes(flipped[None, :, :2], SHAPE[:, :2]).rotation[0]
    np.testing.assert_allclose([np.linalg.det(found), np.linalg.det(flat)], 1)


@axes_of_a_face
@pytest.mark.parametrize("method", ["eyes", "procrustes"])
def test_what_was_aligned_can_be_put_back(faces, method, axes):
    points = faces[..., :axes].astype(np.float32)
    found = alignment.by_eyes(points) if method == "eyes" else alignment.procrustes(points, SHAPE[:, :axes])
    np.testing.assert_allclose(found.undo(found.apply(points)), points, atol=1e-3)


@pytest.mark.parametrize("align", [alignment.by_eyes, lambda p: alignment.procrustes(p, SHAPE)])
def test_faces_not_found_or_without_extent_are_nan_and_leave_the_others_alone(faces, align):
    faces[1] = 7.0
    aligned = align(faces).apply(faces)
    assert np.isnan(aligned[[1, 2]]).all()
    np.testing.assert_allclose(aligned[[0, 3]], align(faces[[0, 3]]).apply(faces[[0, 3]]))


def test_the_mean_of_moved_copies_of_a_shape_is_that_shape():
    random = np.random.default_rng(0)
    turns = Rotation.from_euler("z", random.uniform(-3, 3, (20, 1))).as_matrix()
    sizes, shifts = random.uniform(0.5, 9, 20), random.uniform(-50, 50, (20, 3))
    copies = [turned(SHAPE, *moves) for moves in zip(turns, sizes, shifts, strict=True)]
    mean = alignment.mean_shape(np.array([*copies, np.full_like(SHAPE, np.nan)]))
    np.testing.assert_allclose(mean, SHAPE, atol=1e-6)


def test_the_mean_of_copies_turned_in_space_is_that_shape_but_for_its_pose():
    turns = Rotation.from_euler("xyz", np.random.default_rng(0).uniform(-0.5, 0.5, (20, 3))).as_matrix()
    mean = alignment.mean_shape(np.array([turned(SHAPE, turn) for turn in turns]))
    _, _, disparity = scipy_procrustes(SHAPE, mean)
    assert disparity < 1e-8
    right, left = mean[[33, 133]].mean(axis=0), mean[[362, 263]].mean(axis=0)
    np.testing.assert_allclose(left + right, 0, atol=1e-6)
    np.testing.assert_allclose((left - right)[:2], [1, 0], atol=1e-6)


def test_no_mean_of_no_face():
    with pytest.raises(ValueError, match="a mean of 2 faces none of which was found"):
        alignment.mean_shape(np.full((2, 478, 3), np.nan))


def test_the_mirror_is_that_of_dlibs_points():
    mirror = alignment.mirror()
    assert sorted(mirror) == list(range(478))
    np.testing.assert_array_equal(mirror[mirror], np.arange(478))
    in_mesh = np.array(topology.DLIB_IN_MESH)
    np.testing.assert_array_equal(mirror[in_mesh], in_mesh[list(topology.DLIB_MIRROR)])
    assert mirror[[4, 152, 468]].tolist() == [4, 152, 473]  # nose, chin, irises


def test_a_mirrored_mean_face_is_nearly_itself():
    mirrored = (SHAPE * [-1, 1, 1])[alignment.mirror()]
    assert np.linalg.norm(mirrored - SHAPE, axis=-1).max() < 0.03  # of the distance between the eyes


def test_mirrored_lines_are_lines_but_for_three_quads():
    edges = {tuple(edge) for edge in topology.mesh_edges().tolist()}
    mirrored = {tuple(sorted(edge)) for edge in alignment.mirror()[topology.mesh_edges()].tolist()}
    # MediaPipe cuts three quads (one: 59, 60, 166, 75) along one diagonal on the right and along the other on the left
    assert len(edges - mirrored) == 6
    assert ((75, 166) in edges, (59, 60) in edges) == (True, False)
    assert ((75, 166) in mirrored, (59, 60) in mirrored) == (False, True)


@pytest.fixture
def landmarks(faces):
    """A landmarks dataset of the faces."""
    return xr.Dataset(
        {
            "points": (("face", "point", "axis"), faces),
            "blendshape": (("face", "name"), np.zeros((4, 2))),
            "detected": ("face", [True, True, False, True]),
        },
        {"id": ("face", np.array(list("abcd"), object)), "axis": np.array(list("xyz"), object)},
    )


@axes_of_a_face
@pytest.mark.parametrize("method", ["eyes", "procrustes"])
def test_an_aligned_dataset_keeps_all_else_and_what_it_takes_to_undo_it(landmarks, faces, tmp_path, method, axes):
    store.save_dataset(landmarks, tmp_path / "landmarks.zarr")
    align = partial(alignment.align, method=method, axes=axes)
    aligned = blocks.map_faces(align, tmp_path / "landmarks.zarr", tmp_path / "aligned.zarr")
    assert aligned["points"].dtype == np.float32
    assert aligned["axis"].values.tolist() == list("xyz")[:axes]
    for name in ("id", "blendshape", "detected"):
        xr.testing.assert_equal(aligned[name], landmarks[name])
    found = alignment.Similarity(*(aligned[name].values for name in ("rotation", "scale", "centre")))
    np.testing.assert_allclose(found.undo(aligned["points"].values), faces[..., :axes], atol=1e-3)
    assert (np.isnan(aligned["points"].values).all(axis=(1, 2)) == ~landmarks["detected"].values).all()


def test_procrustes_brings_faces_nearer_to_one_another_than_the_eyes_do(landmarks):
    spread = {m: alignment.align(landmarks, m)["points"].std("face").mean() for m in ("eyes", "procrustes")}
    assert spread["procrustes"] < spread["eyes"]


def test_another_method_is_refused(landmarks):
    with pytest.raises(ValueError, match='no alignment \'nose\': expected "eyes" or "procrustes"'):
        alignment.align(landmarks, "nose")
