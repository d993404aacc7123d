import numpy as np

from mien import topology


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
