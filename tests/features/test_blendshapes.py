import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mien.features import blendshapes
from mien.vocabulary.labels import EMOTIONS
from mien.vocabulary.topology import BLENDSHAPES

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def faces():
    """Scores with many ties, and expressions that some of them follow."""
    rng = np.random.default_rng(0)
    emotion = rng.integers(0, 7, 300)
    return rng.random((300, 52)).round(1) + 0.1 * emotion[:, None] * rng.integers(-1, 2, 52), emotion


def test_separation_is_the_area_under_the_roc_curve(faces):
    scores, emotion = faces
    found = blendshapes.separation(scores, emotion)
    for code, name in enumerate(EMOTIONS):
        expected = [roc_auc_score(emotion == code, column) for column in scores.T]
        np.testing.assert_allclose(found.loc[name], expected)


def test_a_score_that_only_one_expression_has_separates_it_wholly_and_a_constant_one_tells_nothing():
    emotion = np.arange(70) % 7
    scores = np.zeros((70, 52))
    scores[:, BLENDSHAPES.index("jawOpen")] = emotion == EMOTIONS.index("surprise")
    found = blendshapes.separation(scores, emotion)
    assert found.loc["surprise", "jawOpen"] == 1
    assert found.loc["angry", "jawOpen"] == pytest.approx(0.5 * 5 / 6)  # below the surprised, level with the rest
    assert (found["mouthLeft"] == 0.5).all()


def test_an_expression_without_faces_has_no_separation(faces):
    scores, emotion = faces
    found = blendshapes.separation(scores, np.where(emotion == 1, 0, emotion))
    assert found.loc["disgust"].isna().all()
    assert found.drop("disgust").notna().all(axis=None)
    assert blendshapes.separation(scores, np.zeros(300, int)).isna().all(axis=None)


def test_the_mirror_swaps_left_and_right_and_keeps_what_has_no_side():
    swapped = np.array(BLENDSHAPES)[blendshapes.mirror()]
    for name, other in zip(BLENDSHAPES, swapped, strict=True):
        assert other == (name.replace("Left", "?").replace("Right", "Left").replace("?", "Right"))
    assert (blendshapes.mirror() != np.arange(52)).sum() == sum(n.endswith(("Left", "Right")) for n in BLENDSHAPES) > 30
