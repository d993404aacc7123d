"""What is said of eyes that are opened as far as the test wants."""

import numpy as np
import pytest

from mien.face_model import FaceModel
from mien.face_model import eyes as lids
from mien.inference import eyes
from mien.models import pretrained


@pytest.fixture(scope="module")
def opened():
    """Meshes (4, 478, 3) of faces whose eyes are closed, narrowed, open and wide."""
    model = FaceModel.open()
    shape, appearance = model.sample(4, emotion=6, seed=0)
    return model.points(lids.with_opening(model, shape, appearance, [0.08, 0.2, 0.3, 0.42])[0], 96)


def shipped():
    return pretrained.load(pretrained.EYES, light=True)


def test_the_model_that_ships_knows_the_four_states(opened):
    assert [*eyes.states(shipped(), opened)] == ["closed", "narrowed", "open", "wide"]


def test_a_face_without_a_mesh_has_no_state_and_the_others_keep_theirs(opened):
    opened = opened.copy()
    opened[1] = np.nan
    assert [*eyes.states(shipped(), opened)] == ["closed", None, "open", "wide"]
    assert [*eyes.states(shipped(), opened[:0])] == []


def test_without_mediapipes_models_there_are_no_meshes(crops, no_models):
    with pytest.warns(UserWarning, match="is not there: .* nobody looks at eyes"):
        assert np.isnan(eyes.meshes(crops[:2])).all()


def test_meshes_of_a_real_face_and_of_none(portrait):
    found = eyes.meshes(np.array([portrait, np.zeros_like(portrait)]))
    assert eyes.states(shipped(), found)[0] in ("narrowed", "open")  # she smiles at us
    assert np.isnan(found[1]).all()
