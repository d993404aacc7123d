import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mien.vocabulary import topology


def test_regions_name_every_point_once():
    points = sorted(point for which in topology.DLIB_REGIONS.values() for point in which)
    assert points == list(range(68))
    assert sorted(topology.ENM) == list(range(17, 68))


def test_mirroring_twice_changes_nothing():
    mirror = np.array(topology.DLIB_MIRROR)
    assert sorted(mirror) == list(range(68))
    assert (mirror[mirror] == np.arange(68)).all()


def test_mirroring_swaps_the_sides_and_keeps_the_middle():
    other = {"right brow": "left brow", "right eye": "left eye", "jaw": "jaw", "nose": "nose", "mouth": "mouth"}
    for one, two in other.items():
        mirrored = {topology.DLIB_MIRROR[point] for point in topology.DLIB_REGIONS[one]}
        assert mirrored == set(topology.DLIB_REGIONS[two])
    middle = [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]  # chin, bridge and tip of the nose, middle of the lips
    assert [topology.DLIB_MIRROR[point] for point in middle] == middle


def test_lines_go_through_every_point():
    assert {point for line in topology.DLIB_LINES for point in line} == set(range(68))


def test_interocular_distance_is_that_of_the_eye_centres():
    points = np.zeros((2, 68, 2))
    points[:, 42:48, 0] = 3  # the left eye lies 3 right of the right one and 4 below
    points[:, 42:48, 1] = 4
    assert topology.interocular(points).tolist() == [5, 5]


def test_keypoints_are_means_of_the_points_they_are_made_of():
    points = np.random.default_rng(0).normal(size=(3, 68, 2))
    keypoints = dict(zip(topology.KEYPOINTS15, np.moveaxis(topology.as_keypoints15(points), 1, 0), strict=True))
    np.testing.assert_allclose(keypoints["left_eye_center"], topology.eye_centres(points)[1])
    np.testing.assert_array_equal(keypoints["nose_tip"], points[:, 30])


def test_mirroring_a_face_swaps_the_sides_of_its_keypoints():
    points = np.random.default_rng(0).normal(size=(68, 2))
    names = list(topology.KEYPOINTS15)
    other = [n.replace("left", "#").replace("right", "left").replace("#", "right") for n in names]
    mirrored = topology.as_keypoints15(points[list(topology.DLIB_MIRROR)])
    np.testing.assert_allclose(mirrored, topology.as_keypoints15(points)[[names.index(n) for n in other]])


def test_a_mesh_implies_dlibs_points_and_dlibs_points_themselves():
    mesh = np.arange(478 * 3).reshape(478, 3)
    assert topology.as_dlib68(mesh).shape == (68, 3)
    assert (topology.as_dlib68(mesh)[36] == mesh[33]).all()  # outer corner of the right eye
    assert (topology.as_dlib68(mesh[:68]) == mesh[:68]).all()


def test_mesh_lines_are_there_once_and_join_two_points():
    edges = topology.mesh_edges()
    assert edges.shape == (1330, 2)
    assert len({tuple(edge) for edge in edges.tolist()}) == 1330
    assert (edges[:, 0] < edges[:, 1]).all()


def test_the_mesh_is_one_piece_and_each_iris_a_ring_around_a_lone_point():
    i, j = topology.mesh_edges().T
    n, piece = connected_components(coo_array((np.ones(len(i)), (i, j)), shape=(478, 478)), directed=False)
    assert n == 5
    members = {tuple(np.flatnonzero(piece == k)) for k in range(n)}
    rings = (tuple(range(469, 473)), tuple(range(474, 478)))
    assert members == {tuple(range(468)), (468,), (473,), *rings}
    for ring in rings:
        assert np.isin(i, ring).sum() == 4


def test_eye_outlines_go_along_lines_of_the_mesh():
    lines = {frozenset(edge) for edge in topology.mesh_edges().tolist()}
    for outline in topology.EYE_OUTLINES:
        assert {frozenset(pair) for pair in zip(outline, (*outline[1:], outline[0]), strict=True)} <= lines


def test_an_eye_outline_begins_at_the_outer_corner_and_goes_along_the_lower_lid():
    right, left = topology.EYE_OUTLINES
    dlib = list(topology.DLIB_IN_MESH)  # outer corner, upper lid, inner corner, lower lid
    assert [right[0], right[8], left[8], left[0]] == [dlib[i] for i in (36, 39, 42, 45)]
    assert {right[3], right[5]} == {dlib[41], dlib[40]}
    assert {left[3], left[5]} == {dlib[46], dlib[47]}
    assert {right[11], right[13]} == {dlib[37], dlib[38]}


def test_the_mirror_of_the_keypoints_is_that_of_the_points_they_are_made_of():
    points = np.random.default_rng(0).random((3, 68, 2))
    mirrored = topology.as_keypoints15(points[:, list(topology.DLIB_MIRROR)])
    np.testing.assert_allclose(mirrored, topology.as_keypoints15(points)[:, list(topology.KEYPOINTS15_MIRROR)])
