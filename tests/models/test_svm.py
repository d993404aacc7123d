import numpy as np
import pytest
from scipy.special import softmax
from sklearn.decomposition import PCA
from sklearn.gaussian_process.kernels import Matern
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mien.engine import store
from mien.evaluation import calibration
from mien.models import svm

pytestmark = pytest.mark.filterwarnings("error")

WIDTHS = {"mesh": 12, "blendshape": 4}


@pytest.fixture
def rows():
    """(300, 16): a mesh whose columns are of unlike size and depend on one another, and scores in [0, 1]."""
    rng = np.random.default_rng(0)
    mesh = 7 + rng.normal(size=(300, 6)) @ rng.normal(size=(6, 12)) * np.logspace(-2, 2, 12)
    return np.hstack([mesh, rng.beta(0.2, 0.8, (300, 4))]).astype(np.float32)


@pytest.fixture
def labels(rows):
    """Three rings around the mean mesh: no straight line parts them."""
    radius = np.linalg.norm(PCA(2).fit_transform(StandardScaler().fit_transform(rows[:, :12])), axis=1)
    return np.digitize(radius, np.quantile(radius, [1 / 3, 2 / 3]))


def test_a_table_has_the_inputs_side_by_side():
    table = svm.table({"mesh": np.arange(12).reshape(2, 3, 2), "blendshape": -np.arange(4).reshape(2, 2)})
    assert table.tolist() == [[0, 1, 2, 3, 4, 5, 0, -1], [6, 7, 8, 9, 10, 11, -2, -3]]


def test_components_are_uncorrelated_with_deviations_that_are_the_roots_of_those_of_principal_components(rows):
    found = svm.Components(5).fit(rows).transform(rows)
    deviation = np.sqrt(PCA(5).fit(rows).explained_variance_)
    np.testing.assert_allclose(np.cov(found.T), np.diag(deviation / deviation.sum()), atol=1e-4)


def test_few_rows_and_columns_that_say_nothing_new_give_finite_components(rows):
    mesh = np.hstack([rows[:, :12], np.ones((300, 1), np.float32)])
    found = svm.Components(100).fit(mesh[:9]).transform(mesh)
    assert found.shape == (300, 9)
    assert np.isfinite(found).all()
    assert np.abs(found[:, 6:]).max() < 0.1 * np.abs(found[:, :6]).max()  # the mesh has six degrees of freedom


def test_every_block_has_the_same_say(rows):
    found = svm.represented(WIDTHS, 4).fit_transform(rows)
    assert found.shape == (300, 8)
    variance = found.var(axis=0, ddof=1)
    assert variance[:4].sum() == pytest.approx(1, rel=1e-4)
    assert variance[4:].sum() == pytest.approx(1, rel=1e-4)


def test_blendshapes_are_represented_by_their_logits_and_a_mesh_is_not(rows):
    scores = rows[:, 12:].astype(float).clip(1e-7, 1 - 1e-7)
    found = svm.represented(WIDTHS, 4).fit_transform(rows)
    for block, expected in ((found[:, 4:], np.log(scores / (1 - scores))), (found[:, :4], rows[:, :12])):
        expected = PCA(4).fit_transform(StandardScaler().fit_transform(expected))
        correlation = [abs(np.corrcoef(*pair)[0, 1]) for pair in zip(block.T, expected.T, strict=True)]
        np.testing.assert_allclose(correlation, 1, atol=1e-4)


def test_certain_blendshapes_have_finite_logits():
    assert np.isfinite(svm.log_odds(np.array([0, 0.5, 1], np.float32))).all()


def test_it_learns_what_no_straight_line_parts_whatever_the_unit(rows, labels):
    mesh = rows[:, :12] * np.logspace(-3, 3, 12, dtype=np.float32)
    machine = svm.build({"mesh": 12}, 2).fit(mesh[:200], labels[:200])
    assert machine.score(mesh[200:], labels[200:]) > 0.85


def test_a_class_scores_the_log_probability_of_winning_against_every_other(rows, labels):
    machine = svm.PairwiseSVC(gamma=0.01).fit(rows, labels)
    reference = SVC(kernel=Matern(100, nu=0.5), decision_function_shape="ovo").fit(rows, labels)
    margins = reference.decision_function(rows)
    zero_one, zero_two, one_two = (1 / (1 + np.exp(-margins))).T  # probability that the first of a pair wins
    expected = [zero_one * zero_two, (1 - zero_one) * one_two, (1 - zero_two) * (1 - one_two)]
    np.testing.assert_allclose(np.exp(machine.decision_function(rows)), np.stack(expected, axis=1))
    assert (machine.predict(rows) == np.argmax(expected, axis=0)).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_calibration_keeps_the_answers_and_finds_the_temperature(rows, labels, classes):
    wrong = np.random.default_rng(1).random(300) < 0.2
    labels = np.where(wrong, 0, labels) % classes
    machine = svm.build(WIDTHS, 3).fit(rows[:150], labels[:150])
    model = svm.calibrated(machine, rows[150:], labels[150:])
    probabilities = model.predict_proba(rows[150:])
    np.testing.assert_array_equal(probabilities.argmax(axis=1), machine.predict(rows[150:]))
    scores = machine.decision_function(rows[150:])
    scores = scores if classes > 2 else np.stack([-scores, scores], axis=1)
    temperature = calibration.fit_temperature(labels[150:], softmax(scores, axis=1))
    np.testing.assert_allclose(probabilities, softmax(scores / temperature, axis=1), atol=1e-3)


def test_a_calibrated_machine_is_saved_and_opened(rows, labels, tmp_path):
    model = svm.calibrated(svm.build(WIDTHS, 3).fit(rows, labels), rows, labels)
    store.save_estimator(model, tmp_path / "model.skops")
    again = store.open_estimator(tmp_path / "model.skops")
    np.testing.assert_array_equal(again.predict_proba(rows), model.predict_proba(rows))


def test_a_class_that_nobody_taught_has_no_chance(rows, labels):
    machine = svm.build(WIDTHS, 3).fit(rows, 2 * (labels % 2) + 1)  # of five classes, 1 and 3
    model = svm.calibrated(machine, rows, 2 * (labels % 2) + 1)
    probabilities = svm.probabilities(model, rows, 5)
    assert not probabilities[:, [0, 2, 4]].any()
    np.testing.assert_array_equal(probabilities[:, [1, 3]], model.predict_proba(rows))
