import cv2
import numpy as np
import pytest
import xarray as xr

from mien.features import crops
from mien.vocabulary import topology

SIZE = 64
CENTRES = {
    "jaw": (32, 52),
    "right brow": (20, 16),
    "left brow": (44, 16),
    "nose": (32, 33),
    "right eye": (21, 24),
    "left eye": (43, 24),
    "mouth": (32, 46),
}


@pytest.fixture
def points():
    """(2, 68, 2): a face whose regions are clouds of points, and a smaller one turned by ten degrees."""
    rng = np.random.default_rng(0)
    face = np.concatenate(
        [rng.normal(CENTRES[name], 3, (len(which), 2)) for name, which in topology.DLIB_REGIONS.items()]
    )
    return np.stack([face, moved(face, turn(10, 0.7))]).astype(np.float32)


def turn(degrees: float, scale: float) -> np.ndarray:
    """(2, 3): a turn and a scaling about the picture's centre."""
    return cv2.getRotationMatrix2D(((SIZE - 1) / 2, (SIZE - 1) / 2), degrees, scale)


def moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2]


@pytest.fixture
def image():
    """(2, 64, 64): smooth, so that interpolation changes little, and nowhere zero."""
    noise = np.random.default_rng(1).random((2, SIZE, SIZE)).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(one, (0, 0), 3) for one in noise])
    low, high = smooth.min(), smooth.max()
    return (1 + 254 * (smooth - low) / (high - low)).astype(np.uint8)


@pytest.fixture
def mesh(points):
    """(2, 478, 3) points of MediaPipe's mesh that imply the same face; the others are far away."""
    mesh = np.full((2, 478, 3), 1000, np.float32)
    mesh[:, list(topology.DLIB_IN_MESH), :2] = points
    return mesh


def test_what_lies_in_the_square_of_a_point_survives_and_nothing_else(image, points):
    kept = crops.masked(image, points)
    for picture, face, result in zip(image, points.tolist(), kept, strict=True):
        right, left = (np.mean(face[i : i + 6], axis=0) for i in (36, 42))
        half = crops.SIDE * np.hypot(*(left - right)) / 2
        for y, x in np.ndindex(picture.shape):
            inside = any(abs(x - u) < half and abs(y - v) < half for u, v in face[17:])
            assert result[y, x] == (picture[y, x] if inside else 0)


def test_squares_that_leave_the_picture_are_cut(image, points):
    kept = crops.masked(image, points + [0, 40])  # nose and mouth lie below the picture
    assert kept[0, -1].any()
    shown = crops.masked(image, points)[0, :-40] > 0
    np.testing.assert_array_equal(kept[0, 40:] > 0, shown)


def test_the_mirrored_face_has_the_mirrored_mask(image, points):
    mirrored = (points * [-1, 1] + [SIZE - 1, 0])[:, list(topology.DLIB_MIRROR)]
    there_and_back = crops.masked(image[..., ::-1], mirrored)[..., ::-1]
    np.testing.assert_array_equal(there_and_back, crops.masked(image, points))


@pytest.mark.parametrize("place", [np.nan, 20.0])
def test_a_face_without_points_or_with_one_place_for_all_gives_zeros(image, points, place):
    points[0] = place
    assert not crops.masked(image, points)[0].any()
    assert not crops.parts(image, points)[0].any()
    assert crops.masked(image, points)[1].any()
    assert crops.parts(image, points)[1].all()


def test_parts_do_not_depend_on_turn_and_size_of_a_face(image, points):
    matrix = turn(20, 0.8)
    turned = np.stack([cv2.warpAffine(one, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE) for one in image])
    for one, other in zip(crops.parts(image, points)[0], crops.parts(turned, moved(points, matrix))[0], strict=True):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.97


def test_a_part_is_centred_and_as_wide_as_its_constant_says():
    """In a picture whose brightness is its column, then its row, a crop tells where it comes from."""
    eyes = np.zeros((1, 68, 2), np.float32)
    eyes[:, 36:42], eyes[:, 42:48], eyes[:, 27:36], eyes[:, 48:] = [100, 90], [140, 90], [120, 110], [120, 140]
    columns = np.broadcast_to(np.arange(256, dtype=np.uint8), (1, 256, 256))
    across, down = crops.parts(columns, eyes, 20)[0], crops.parts(columns.transpose(0, 2, 1), eyes, 20)[0]
    steps = 40 * np.array(crops.WIDTHS) / 20  # pixels of the face in one of the crop
    np.testing.assert_allclose(across[:, 0, -1] - across[:, 0, 0].astype(float), 19 * steps, atol=1)
    np.testing.assert_allclose(across.mean(axis=(1, 2)), [100, 140, 120, 120], atol=0.6)
    raised = 90 - 40 * crops.RAISE
    np.testing.assert_allclose(down.mean(axis=(1, 2)), [raised, raised, 110, 140], atol=0.6)


def test_the_mesh_gives_what_the_points_it_implies_give(image, points, mesh):
    np.testing.assert_array_equal(crops.masked(image, mesh), crops.masked(image, points))
    np.testing.assert_array_equal(crops.parts(image, mesh), crops.parts(image, points))


def test_a_mosaic_has_the_eyes_above_nose_and_mouth_as_the_viewer_sees_them():
    right, left, nose, mouth = (np.full((3, 3), value, np.uint8) for value in (1, 2, 3, 4))
    expected = np.block([[right, left], [nose, mouth]])
    np.testing.assert_array_equal(crops.mosaic(np.stack([right, left, nose, mouth])[None]), expected[None])


def test_a_mosaic_breaks_no_part_up(image, points):
    cut = crops.parts(image, points, 10)
    laid = crops.mosaic(cut)
    np.testing.assert_array_equal(laid[:, :10, 10:], cut[:, crops.PARTS.index("left eye")])
    np.testing.assert_array_equal(laid[:, 10:, :10], cut[:, crops.PARTS.index("nose")])


def test_the_dataset_names_the_parts_and_keeps_the_faces(image, points):
    variables = {"image": (("face", "y", "x"), image), "points": (("face", "point", "axis"), points)}
    faces = xr.Dataset(variables, {"id": ("face", ["a", "b"]), "axis": ["x", "y"]})
    made = crops.crops(faces, 16)
    assert made["id"].values.tolist() == ["a", "b"]
    assert made["part"].values.tolist() == list(crops.PARTS)
    assert {name: made[name].dtype for name in made} == {"masked": np.uint8, "parts": np.uint8}
    np.testing.assert_array_equal(made["masked"], crops.masked(image, points))
    mouth = crops.parts(image, points, 16)[:, crops.PARTS.index("mouth")]
    np.testing.assert_array_equal(made["parts"].sel(part="mouth"), mouth)
