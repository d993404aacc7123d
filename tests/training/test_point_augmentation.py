import numpy as np
import pytest

from mien.training import augmentation, point_augmentation
from mien.training.point_augmentation import AugmentedPoints, Recipe

STILL = Recipe(shift=0, zoom=0, turn=0, light=0, flip=0, erase=0, aspect=0, gamma=0, blur=0, noise=0)
EYES = Recipe(light=0, erase=0, gamma=0, blur=0, noise=0)  # moved, turned, zoomed, stretched and mirrored
SWAPPED = np.array([1, 0])


@pytest.fixture(scope="module")
def eyes():
    """(200, 33, 33) pictures with a bright dot for each of two eyes, and where: the left one is on the right."""
    rng = np.random.default_rng(0)
    points = np.stack([rng.uniform((20, 12), (24, 20), (200, 2)), rng.uniform((8, 12), (12, 20), (200, 2))], axis=1)
    rows, columns = np.indices((33, 33))
    x, y = points.transpose(2, 0, 1)[..., None, None]  # each (200, 2, 1, 1)
    dots = 200 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 3)
    return dots.max(axis=1).round().astype(np.uint8), points


def batch_of(eyes, recipe, mirror=SWAPPED):
    pictures, points, weights = AugmentedPoints(*eyes, recipe, 200, mirror=mirror)[0]
    return pictures[..., 0], points, weights


def brightest_near(picture, point, reach=3):
    """Centre of the light around a point."""
    rows, columns = np.indices(picture.shape)
    near = picture * (np.hypot(columns - point[0], rows - point[1]) < reach)
    return (near * columns).sum() / near.sum(), (near * rows).sum() / near.sum()


def test_points_move_with_the_picture(eyes):
    pictures, points, weights = batch_of(eyes, EYES)
    assert (weights == 1).all()
    for picture, places in zip(pictures, points, strict=True):
        for place in places:
            np.testing.assert_allclose(brightest_near(picture, place), place, atol=0.2)


def test_the_left_eye_of_a_mirrored_face_is_still_on_the_viewers_right(eyes):
    mirrored = Recipe(**{**vars(STILL), "flip": 1.0})
    _, points, _ = batch_of(eyes, mirrored)
    _, unswapped, _ = batch_of(eyes, mirrored, mirror=np.array([0, 1]))
    assert (points[:, 0, 0] > points[:, 1, 0] + 5).all()
    assert (unswapped[:, 0, 0] < unswapped[:, 1, 0]).all()  # what it would be if the names did not change sides


def linear(pictures):
    return np.column_stack([pictures.reshape(len(pictures), -1) / 255, np.ones(len(pictures))])


def test_what_is_learned_from_mirrored_faces_alone_tells_the_sides_of_those_that_are_not(eyes):
    pictures, points, _ = batch_of(eyes, Recipe(**{**vars(STILL), "flip": 1.0}))
    weights = np.linalg.lstsq(linear(pictures), points.reshape(200, 4), rcond=0.05)[0]
    found = (linear(eyes[0]) @ weights).reshape(200, 2, 2)
    assert np.abs(found - eyes[1]).mean() < 1


def test_a_missing_point_stays_missing_and_has_no_weight(eyes):
    pictures, points = eyes
    missing = points.copy()
    missing[::2, 0] = np.nan
    drawn = AugmentedPoints(pictures, missing, Recipe(**{**vars(EYES), "flip": 1.0}), 200, mirror=SWAPPED)
    _, moved, weights = drawn[0]
    assert np.isfinite(moved).all()
    assert (weights[:, 0] == 1).all()  # the left eye of a mirrored face was the right one
    assert weights[:, 1].sum() == 100
    assert ((moved == 0).all(axis=-1) == (weights == 0)).all()


def test_a_recipe_of_zeros_changes_nothing(eyes):
    picture, points = (part[0] for part in eyes)
    same, places = point_augmentation.change(picture, points, STILL, False, SWAPPED, np.random.default_rng(0))
    np.testing.assert_array_equal(same, picture)
    np.testing.assert_allclose(places, points)


def test_without_another_camera_a_picture_is_changed_as_one_without_points_is(eyes):
    """Both draw the same crop and light from the same random numbers, up to where the camera's begin."""
    moved = Recipe(**{**vars(STILL), "shift": 0.1, "zoom": 0.1, "turn": 12})
    for flip in (False, True):
        rngs = [np.random.default_rng(5) for _ in range(2)]
        picture, _ = point_augmentation.change(eyes[0][0], eyes[1][0], moved, flip, SWAPPED, rngs[0])
        np.testing.assert_array_equal(picture, augmentation.change(eyes[0][0], moved, flip, rngs[1]))


def test_a_point_that_leaves_the_picture_has_no_weight(eyes):
    _, places, weights = batch_of(eyes, Recipe(**{**vars(STILL), "shift": 0.5}))
    there = weights == 1
    assert 0 < there.sum() < there.size
    assert (places[there] >= -0.5).all()
    assert (places[there] <= 32.5).all()


def one(picture, seed=0, **changes):
    """A picture after one kind of change."""
    recipe = Recipe(**{**vars(STILL), **changes})
    points = np.full((2, 2), 16.0)
    return point_augmentation.change(picture, points, recipe, False, SWAPPED, np.random.default_rng(seed))


def test_another_aspect_stretches_about_the_middle_and_keeps_the_area():
    middle, corner = np.array([16.0, 16.0]), np.array([26.0, 22.0])
    recipe = Recipe(**{**vars(STILL), "aspect": 0.4})
    picture, seen = np.zeros((33, 33), np.uint8), set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        _, (still, moved) = point_augmentation.change(picture, np.array([middle, corner]), recipe, False, SWAPPED, rng)
        np.testing.assert_allclose(still, middle)
        across, down = (moved - middle) / (corner - middle)
        assert across * down == pytest.approx(1)
        assert abs(np.log(across / down)) <= 0.4
        seen.add(across > 1)
    assert seen == {True, False}


def test_gamma_keeps_black_and_white_and_the_order_of_grey_levels():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    middles = set()
    for seed in range(10):
        changed = one(ramp, seed, gamma=0.5)[0][0].astype(int)
        assert (changed[0], changed[-1]) == (0, 255)
        assert (np.diff(changed) >= 0).all()
        middles.add(changed[128] > 128)
    assert middles == {True, False}


def test_half_of_the_pictures_are_out_of_focus():
    edge = np.repeat(np.where(np.arange(33) < 16, 50, 200).astype(np.uint8)[None], 33, axis=0)
    sharp = [np.array_equal(one(edge, seed, blur=0.1)[0], edge) for seed in range(60)]
    assert 15 < sum(sharp) < 45  # of a binomial of one half, 1 in 10,000 lies outside


def test_noise_is_as_strong_as_the_recipe_allows():
    grey = np.full((96, 96), 128, np.uint8)
    deviations = [one(grey, seed, noise=8.0)[0].std() for seed in range(20)]
    assert max(deviations) < 8.5
    assert max(deviations) > 4 > min(deviations)
