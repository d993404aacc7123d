import keras
import numpy as np
import pytest
from keras_tuner import HyperParameters
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from mien import training
from mien.features import mesh_graph
from mien.models import mesh_gnn

pytestmark = pytest.mark.usefixtures("eagerly")

EDGES = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7], [1, 4]])  # a chain with a short cut
POINTS = 8
LINKED = mesh_graph.adjacency(EDGES, POINTS)
ALONE = mesh_graph.adjacency(EDGES[:0], POINTS)


@pytest.fixture
def meshes():
    return np.random.default_rng(0).normal(size=(200, POINTS, 3)).astype(np.float32)


@pytest.fixture(params=["convolution", "gin"])
def hp(request):
    hp = HyperParameters()
    hp.Fixed("aggregate", request.param)
    hp.Fixed("depth", 2)
    return hp


def embedding(hp, meshes, adjacency):
    points = keras.Input(meshes.shape[1:])
    return keras.Model(points, mesh_gnn.embed(hp, points, meshes, adjacency, 8))


def answers(network, meshes):
    """Without the graph that `predict` compiles first, which takes longer than so few faces."""
    return keras.ops.convert_to_numpy(network(meshes))


def reached(network, meshes, point):
    """Points whose vectors change with the place of one point."""
    moved = meshes[:3].copy()
    moved[:, point] += 1
    change = answers(network, moved) - answers(network, meshes[:3])
    return np.abs(change).max(axis=(0, 2)) > 1e-6


@pytest.mark.parametrize("point", [0, 6])
def test_a_point_is_heard_one_line_further_than_there_are_layers(hp, meshes, point):
    away = shortest_path(csr_array((np.ones(len(EDGES)), EDGES.T), (POINTS, POINTS)), directed=False)[point]
    assert away.max() > 3
    np.testing.assert_array_equal(reached(embedding(hp, meshes, LINKED), meshes, point), away <= 2 + 1)


def test_without_edges_no_point_hears_of_another(hp, meshes):
    np.testing.assert_array_equal(reached(embedding(hp, meshes, ALONE), meshes, 1), np.arange(POINTS) == 1)


def test_what_is_summed_is_each_point_and_its_neighbours(hp, meshes):
    layer = embedding(hp, meshes, LINKED).get_layer("neighbours")
    values = np.random.default_rng(1).normal(size=(2, POINTS, 8)).astype(np.float32)
    around = [{i} | {j for edge in EDGES.tolist() if i in edge for j in edge} for i in range(POINTS)]
    weight = (lambda i, j: 1.0) if hp.get("aggregate") == "gin" else (lambda i, j: LINKED[i, j])
    expected = [[sum(weight(i, j) * face[j] for j in around[i]) for i in range(POINTS)] for face in values]
    np.testing.assert_allclose(layer(values), expected, atol=1e-5)


def test_the_numbers_of_the_points_do_not_matter(hp, meshes):
    order = np.random.default_rng(2).permutation(POINTS)
    network = embedding(hp, meshes, LINKED)
    renumbered = embedding(hp, meshes[:, order], LINKED[np.ix_(order, order)])
    for mine, others in zip(renumbered.layers, network.layers, strict=True):
        if mine.trainable_weights:
            mine.set_weights(others.get_weights())  # the points' own biases are zero until it learns
    expected = answers(network, meshes)[:, order]
    np.testing.assert_allclose(answers(renumbered, meshes[:, order]), expected, atol=1e-4)


def test_neither_neighbours_nor_standardisation_learn(hp, meshes):
    network = mesh_gnn.build(hp, meshes, LINKED, 4)
    frozen = {weight.path for weight in network.weights} - {weight.path for weight in network.trainable_weights}
    assert "neighbours/kernel" in frozen
    assert {path for path in frozen if "standardise" in path}


def test_with_edges_and_without_it_starts_with_the_same_weights(hp, meshes):
    weights = []
    for adjacency in (LINKED, ALONE):
        keras.utils.set_random_seed(0)
        weights.append(mesh_gnn.build(hp, meshes, adjacency, 4).trainable_weights)
    for linked, alone in zip(*weights, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (linked, alone)))


def test_where_and_in_which_unit_the_meshes_are_does_not_matter(hp, meshes):
    network, other = (mesh_gnn.build(hp, train, LINKED, 4) for train in (meshes, 5 * meshes + 3))
    for mine, others in zip(other.layers, network.layers, strict=True):
        if mine.trainable_weights:
            mine.set_weights(others.get_weights())
    np.testing.assert_allclose(answers(other, 5 * meshes + 3), answers(network, meshes), atol=1e-3)


def test_a_face_alone_is_answered_as_among_others(hp, meshes):
    network = mesh_gnn.build(hp, meshes, LINKED, 4)
    together = answers(network, meshes[:5])
    np.testing.assert_allclose([answers(network, mesh[None])[0] for mesh in meshes[:5]], together, atol=1e-5)


def test_the_file_opens_in_safe_mode_and_answers_the_same(hp, meshes, tmp_path):
    network = training.with_probabilities(mesh_gnn.build(hp, meshes, LINKED, 4), temperature=1.5)
    network.save(tmp_path / "network.keras")
    opened = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    assert {type(layer).__module__.partition(".")[0] for layer in opened.layers} == {"keras"}
    np.testing.assert_allclose(answers(opened, meshes), answers(network, meshes), atol=1e-6)


def test_it_learns_what_only_neighbours_together_tell(hp, meshes):
    labels = (meshes[:, 0, 0] > meshes[:, 1, 0]).astype(int)
    keras.utils.set_random_seed(0)
    for name, value in {"channels": 8, "regions": 8, "units": 32, "dropout": 0.0, "learning_rate": 1e-2}.items():
        hp.Fixed(name, value)
    network = mesh_gnn.build(hp, meshes, LINKED, 2)
    training.compile_classifier(network, hp, steps=20)
    for _ in range(20):
        network.train_on_batch(meshes, np.eye(2)[labels])
    # in training mode, since the moving averages of the batch normalisation lag behind after so few steps
    learned = keras.ops.convert_to_numpy(network(meshes, training=True))
    assert (learned.argmax(1) == labels).mean() > 0.95
