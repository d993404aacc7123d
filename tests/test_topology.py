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
