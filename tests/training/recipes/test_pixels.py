import numpy as np
import pytest

from mien.training.recipes.pixels import RECIPES, STUDENTS, TEACHERS, mean_answer


def test_no_recipe_is_its_own_ancestor():
    def ancestors(name):
        parents = {*RECIPES[name].teachers, RECIPES[name].start} - {""}
        return parents.union(*(ancestors(parent) for parent in parents))

    assert all(name not in ancestors(name) for name in RECIPES)


def test_students_see_the_same_changed_pictures():
    """The answers of the teachers are kept once, for all of them."""
    assert len({(recipe.changes, recipe.batch) for recipe in STUDENTS.values()}) == 1


def test_teachers_differ_in_their_seed():
    assert len({recipe.seed for recipe in TEACHERS.values()}) == len(TEACHERS)


def test_a_teacher_that_knows_nothing_has_no_say():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 400)
    good = rng.dirichlet(np.ones(4), 400) + 2 * np.eye(4)[labels]
    shares = mean_answer(np.stack([good / good.sum(1, keepdims=True), np.full((400, 4), 0.25)]), labels)
    assert shares.sum() == pytest.approx(1)
    assert shares[0] > 0.95


def test_teachers_of_the_same_answers_share_alike():
    same = np.tile(np.random.default_rng(0).dirichlet(np.ones(3), 50), (2, 1, 1))
    np.testing.assert_allclose(mean_answer(same, np.arange(50) % 3), [0.5, 0.5])
