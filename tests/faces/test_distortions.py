"""Distortions against their formulas, on fields and pictures whose shifts are known."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.face_model import FaceModel
from mien.faces import distortions
from mien.faces.distortions import ELASTIC, FIELDS, GRID, KINDS, NODES, OPTICAL

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))
SEEDS = st.integers(0, 2**32)
AMPLITUDES = st.floats(0, 0.2)


def rng(seed=0):
    return np.random.default_rng(seed)


def noise(shape, dtype=np.uint8):
    return rng(1).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [(), (2,), (3,), (4,)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_size_channels_and_depth_stay(kind, channels, dtype):
    picture = noise((20, 31, *channels), dtype)
    distorted = distortions.distort(picture, kind, rng())
    assert (distorted.shape, distorted.dtype) == (picture.shape, dtype)
    assert (distorted != picture).any()


@pytest.mark.parametrize("kind", FIELDS)
@given(shape=SHAPES, seed=SEEDS, channels=st.sampled_from([(), (3,)]))
def test_without_amplitude_the_picture_stays_as_it_is(kind, shape, seed, channels):
    picture = noise((*shape, *channels))
    field = FIELDS[kind](shape, rng(seed), 0)
    np.testing.assert_array_equal(distortions.displace(picture, field), picture)


def test_a_flip_is_the_mirror_image_and_twice_the_picture():
    picture = noise((5, 8, 3))
    flipped = distortions.distort(picture, "flip", rng())
    np.testing.assert_array_equal(flipped[:, 0], picture[:, 7])
    np.testing.assert_array_equal(distortions.distort(flipped, "flip", rng()), picture)


def test_a_pixel_comes_from_where_the_field_says():
    picture = noise((9, 12))
    field = np.broadcast_to(np.float32([3, -2]), (9, 12, 2))  # from 3 to the right and 2 above
    np.testing.assert_array_equal(distortions.displace(picture, field)[2:, :-3], picture[:-2, 3:])


@given(shape=SHAPES, seed=SEEDS, amplitude=AMPLITUDES)
def test_the_longest_elastic_shift_is_the_amplitude(shape, seed, amplitude):
    field = distortions.elastic(shape, rng(seed), amplitude)
    assert np.linalg.norm(field, axis=-1).max() == pytest.approx(amplitude * shape[1], rel=1e-5)


@given(shape=SHAPES, seed=SEEDS, amplitude=AMPLITUDES)
def test_no_grid_shift_is_beyond_the_amplitude(shape, seed, amplitude):
    assert abs(distortions.grid(shape, rng(seed), amplitude)).max() <= amplitude * shape[1] * (1 + 1e-6)


def test_a_grid_is_bilinear_within_each_cell():
    """With nodes on every tenth pixel, second differences along an axis are zero between them, and only there."""
    side = 10 * (NODES - 1) + 1
    field = distortions.grid((side, side), rng(), 0.1)
    bend = abs(np.diff(field, 2, axis=1)).max(axis=(0, 2))  # (side - 2,) around columns 1, 2, ...
    at_node = np.arange(1, side - 1) % 10 == 0
    assert (bend[at_node] > 0.01).all()
    assert bend[~at_node] == pytest.approx(0, abs=1e-5)


@given(shape=st.tuples(st.integers(4, 40), st.integers(4, 40)), seed=SEEDS, amplitude=st.floats(0.01, 0.2))
def test_a_lens_scales_by_a_line_in_the_squared_radius(shape, seed, amplitude):
    """r' / r = s (1 + k r²), with s = 1 for a pincushion and 1 / (1 + k) for a barrel."""
    field = distortions.optical(shape, rng(seed), amplitude)
    rows, columns = (np.arange(side) - (side - 1) / 2 for side in shape)
    offset = np.stack(np.meshgrid(columns, rows), axis=-1)
    half_diagonal = np.hypot(*shape) / 2
    squared = (offset**2).sum(axis=-1) / half_diagonal**2
    away = squared > 0
    scale = ((offset + field) * offset).sum(axis=-1)[away] / (offset**2).sum(axis=-1)[away]
    slope, at_centre = np.polyfit(squared[away], scale, 1)
    k = slope / at_centre
    assert amplitude / 2 * 0.99 <= abs(k) <= amplitude * 1.01
    assert at_centre == pytest.approx(1 / (1 + max(k, 0)), abs=1e-4)
    assert scale == pytest.approx(at_centre + slope * squared[away], abs=1e-5)
    assert field[away] == pytest.approx((scale[:, None] - 1) * offset[away], abs=1e-5)  # along the radius
    assert np.linalg.norm(field, axis=-1).max() <= amplitude * half_diagonal
    assert scale.max() <= 1 + 1e-6  # nothing comes from beyond the edge


def test_a_lens_keeps_the_centre_and_what_is_round():
    picture = noise((21, 21))
    seen, turned = (distortions.distort(p, "optical", rng(3)) for p in (picture, np.rot90(picture).copy()))
    assert seen[10, 10] == picture[10, 10]
    assert abs(np.rot90(seen).astype(int) - turned).max() <= 1  # OpenCV rounds shifts to 1/32 of a pixel, upwards


@pytest.mark.parametrize("kind", FIELDS)
def test_nothing_folds(kind):
    """The map's Jacobian determinant stays positive: no place of the face is seen twice or mirrored."""
    for seed in range(20):
        field = FIELDS[kind]((96, 96), rng(seed))
        down, across = np.gradient(field, axis=(0, 1))
        assert ((1 + across[..., 0]) * (1 + down[..., 1]) - across[..., 1] * down[..., 0]).min() > 0.3


def shape_of(points):
    centred = points - points.mean(axis=-2, keepdims=True)
    return centred / np.linalg.norm(centred, axis=(-1, -2), keepdims=True)


@pytest.mark.parametrize(("kind", "amplitude"), [("elastic", ELASTIC), ("grid", GRID), ("optical", OPTICAL)])
def test_expressions_survive(kind, amplitude):
    """The typical face of each expression, distorted, is nearest to itself; at four times the amplitude often not."""
    model = FaceModel.open()
    typical = np.stack([model.apex(emotion)[: model.shapes] for emotion in range(7)])
    points = model.points(typical, 96)[:, :, :2].astype(np.float32)  # (7, 478, 2)

    def right(amplitude):
        hits = []
        for seed in range(25):
            field = FIELDS[kind]((96, 96), rng(seed), amplitude)
            moved = points - cv2.remap(field, points.clip(0, 95), None, cv2.INTER_LINEAR)
            away = np.linalg.norm(shape_of(moved)[:, None] - shape_of(points)[None], axis=(2, 3))  # (7, 7)
            hits.append(away.argmin(axis=1) == np.arange(7))
        return np.mean(hits)

    assert right(amplitude) > 0.95 > right(4 * amplitude)
