import cv2
import numpy as np
import pytest

from mien.face_model import FaceModel
from mien.faces import distortions, duplicates
from mien.faces.table import as_faces


def smooth(random, n, size=48):
    """Pictures of low frequencies, as faces are: (n, size, size) in 0..255."""
    coarse = random.uniform(0, 255, (n, 6, 6))
    return np.kron(coarse, np.ones((size // 6, size // 6)))


def table(emotion, split, group):
    n = len(emotion)
    made = as_faces(np.zeros((n, 2, 2), np.uint8), emotion, split, [str(i) for i in range(n)], "made")
    return made.assign_coords(group=("face", np.asarray(group, np.int64)))


def partition(group):
    """The sets of positions that share a label."""
    return {tuple(np.flatnonzero(group == label)) for label in np.unique(group)}


def mixed(first, second, correlation):
    """A vector that correlates with the first as asked, the two being centred, orthogonal and of length 1."""
    return correlation * first + np.sqrt(1 - correlation**2) * second


@pytest.fixture
def orthogonal():
    """(8, 2304): centred, orthogonal, of length 1."""
    raw = np.random.default_rng(0).normal(size=(48 * 48, 9))
    raw[:, 0] = 1
    return np.linalg.qr(raw)[0][:, 1:].T


@pytest.mark.parametrize(("correlation", "is_copy"), [(0.9851, True), (0.9849, False), (-1, False), (1, True)])
def test_threshold(orthogonal, correlation, is_copy):
    pair = np.stack([orthogonal[0], mixed(orthogonal[0], orthogonal[1], correlation)]).reshape(2, 48, 48)
    group = duplicates.near_duplicates(pair)
    assert (group[0] == group[1]) == is_copy
    assert group.dtype == np.int64


def test_light_and_contrast_do_not_matter():
    picture = smooth(np.random.default_rng(1), 1)
    group = duplicates.near_duplicates(np.concatenate([picture, 0.3 * picture + 90, 255 - picture]))
    assert partition(group) == {(0, 1), (2,)}


def test_a_copy_of_a_copy_is_in_the_group(orthogonal):
    first, second = orthogonal[:2]
    angle = np.arccos(0.99)
    chain = np.stack([np.cos(i * angle) * first + np.sin(i * angle) * second for i in range(3)]).reshape(3, 48, 48)
    assert chain[0].ravel() @ chain[2].ravel() < 0.985
    assert partition(duplicates.near_duplicates(chain)) == {(0, 1, 2)}


def test_constant_pictures_are_copies_of_one_another_alone():
    images = np.concatenate([smooth(np.random.default_rng(2), 2).astype(np.uint8), np.zeros((3, 48, 48), np.uint8)])
    images[3:] = np.array([7, 255])[:, None, None]
    assert partition(duplicates.near_duplicates(images)) == {(0,), (1,), (2, 3, 4)}


@pytest.mark.parametrize("size", [48, 96])
@pytest.mark.parametrize("noise", [2, 20])
def test_agrees_with_the_correlation_of_every_pair(size, noise):
    random = np.random.default_rng(3)
    base = smooth(random, 40, size)
    images = np.concatenate([base, base[:20] + random.normal(0, noise, (20, size, size)), base[:9] * 0.5])
    images = images.clip(0, 255).astype(np.uint8)
    copies = np.corrcoef(images.reshape(len(images), -1)) >= 0.985
    for _ in range(7):  # powers of the relation until nothing is added: 2**7 steps are more than there are pictures
        copies = (copies.astype(int) @ copies) > 0
    expected = {tuple(np.flatnonzero(row)) for row in copies}
    assert partition(duplicates.near_duplicates(images)) == expected


def test_one_face():
    assert duplicates.near_duplicates(np.zeros((1, 48, 48), np.uint8)).shape == (1,)


@pytest.fixture(scope="module")
def drawn():
    """(40, 48, 48) uint8 faces of as many people."""
    model = FaceModel.open()
    shape, appearance = model.sample(40, 3, 0)
    return model.render(shape, appearance, 48)


def saved_anew(picture, quality=80):
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


def test_what_augment_makes_is_of_its_parents_family_after_it_is_saved_anew(drawn):
    rng = np.random.default_rng(0)
    copies = [
        saved_anew(np.ascontiguousarray(distortions.distort(picture, kind, rng)))
        for picture in drawn[:10]
        for kind in distortions.KINDS
    ]
    family = duplicates.distorted_copies(np.concatenate([drawn, copies]))
    own = np.concatenate([np.arange(40), np.repeat(np.arange(10), len(distortions.KINDS))])
    assert partition(family) == partition(own)
    assert family.dtype == np.int64


def test_a_mirrored_copy_of_any_size_and_light_is_found(drawn):
    large = np.stack([cv2.resize(picture, (96, 96)) for picture in drawn[:6]])
    darker = (large[:2, :, ::-1] * 0.7).astype(np.uint8)
    family = duplicates.distorted_copies(np.concatenate([large, darker]))
    assert partition(family) == {(0, 6), (1, 7), (2,), (3,), (4,), (5,)}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1, 3])
def test_few_or_constant_pictures_are_of_no_family(n):
    levels = np.arange(n, dtype=np.uint8)[:, None, None]
    assert duplicates.distorted_copies(np.full((n, 8, 8), 1, np.uint8) * levels).tolist() == [*range(n)]


def test_what_either_of_two_groupings_links_is_one_group():
    person, copies = np.array([4, 4, 7, 8, 9]), np.array([0, 1, 1, 2, 3])
    assert partition(duplicates.linked(person, copies)) == {(0, 1, 2), (3,), (4,)}
    assert partition(duplicates.linked(np.arange(5), copies)) == partition(copies)
    assert duplicates.linked(np.empty(0, int), np.empty(0, int)).dtype == np.int64


def test_faces_that_have_a_copy_are_listed_group_by_group_with_conflicts():
    happy, sad, unknown = 3, 4, -1
    faces = table([happy, sad, sad, happy, unknown, sad], ["train", "train", "test", "test", "train", ""], range(6))
    found = duplicates.copies(faces, np.array([7, 2, 7, 9, 9, 4]))
    assert found.to_dict("list") == {
        "group": [1, 1, 2, 2],
        "split": ["train", "test", "test", "train"],
        "id": ["0", "2", "3", "4"],
        "expression": ["happy", "sad", "happy", ""],
        "conflict": [True, True, False, False],
    }
    assert duplicates.copies(faces, np.arange(6)).empty
