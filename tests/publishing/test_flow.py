"""The picture of the flow is of sampled faces, what detectors and the model say of them, and published scores."""

import numpy as np
import pytest
from PIL import Image

from mien.engine import paths, store
from mien.face_model import FaceModel
from mien.publishing import flow
from mien.vocabulary.labels import EMOTIONS


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [text.get_text() for ax in flow.figure().axes for text in ax.texts]


def test_the_stages_are_those_of_the_data_folders(texts):
    assert [text for text in texts if text in flow.STAGES] == [*flow.STAGES]
    assert [*flow.STAGES] == ["raw", "faces", "landmarks", "features", "models", "evaluation"]


def test_a_line_of_raw_data_begins_with_the_code_and_the_first_grey_levels(texts):
    images = flow.sampled(FaceModel.open(), flow.FACES)
    for name, image in zip(flow.FACES, images, strict=True):
        start = f"{EMOTIONS.index(name)},{image[0, 0]} {image[0, 1]}"
        assert any(text.startswith(start) for text in texts)


def test_the_shares_that_are_right_are_the_published_recalls(texts):
    scores = store.open_json(paths.published("fer2013") / "metrics" / f"{flow.MODEL}.json")["test"]["all"]["per_class"]
    assert [f"{scores[name]['recall']:.0%}" for name in flow.FACES] == [
        text for text in texts if text.endswith("%") and text[0].isdigit()
    ]


def test_the_network_is_named_with_the_published_share_that_it_gets_right(texts):
    scores = store.open_json(paths.published("fer2013") / "metrics" / f"{flow.MODEL}.json")["test"]["all"]
    assert any("small-emotion7" in text for text in texts)
    assert any(f"{scores['accuracy']:.1%} of {scores['n']:,} real test" in text for text in texts)


def test_every_face_that_is_shown_is_recognised(texts):
    said = [text for text in texts if text.split(" ")[0] in flow.FACES and text.endswith("%")]
    assert [text.split()[0] for text in said if text.split()[0] in flow.FACES][: len(flow.FACES)] == [*flow.FACES]


def test_sampled_faces_are_those_of_their_numbers():
    model = FaceModel.open()
    few, one = (flow.sampled(model, {"sad": which}, 24) for which in (slice(3), 2))
    assert few.shape == (3, 24, 24)
    np.testing.assert_array_equal(few[2:], one)


def test_no_point_has_more_than_its_distances():
    which = np.array([(0, other) for other in range(1, 9)] + [(8, 9)])
    assert flow._spread(which, np.arange(len(which))) == [*range(flow.EACH), 8]


def test_the_committed_picture_is_small_enough_for_a_page():
    assert flow.FILE.stat().st_size <= 500_000
    assert Image.open(flow.FILE).width >= 1000
