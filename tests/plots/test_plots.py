"""Every plot is a figure that says what it was told, draws without a warning, and stays out of pyplot."""

import io

import matplotlib
import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from matplotlib.text import Text

from mien.plots import crops, faces, landmarks, saliency, scores, style, training
from mien.vocabulary.labels import EMOTIONS

pytestmark = pytest.mark.filterwarnings("error")

LINES = ((0, 1, 2, 0), (3, 4))


def texts(figure: Figure) -> set[str]:
    """What can be read on a figure, once it is drawn."""
    figure.savefig(io.BytesIO())
    return {text.get_text() for text in figure.findobj(Text) if text.get_visible()}


@pytest.fixture
def answers():
    """Labels of all seven classes and probabilities that lean to them."""
    random = np.random.default_rng(0)
    truth = random.integers(0, 7, 200)
    chance = random.dirichlet(np.ones(7), 200) + np.eye(7)[truth]
    return truth, chance / chance.sum(axis=1, keepdims=True)


def make_class_balance():
    counts = pd.DataFrame({"train": np.arange(7) * 1000, "test": np.arange(7)}, index=EMOTIONS)
    return faces.class_balance(counts, "title"), {"train", "test", "6,000", "share of faces", *EMOTIONS}


def make_board():
    names = [f"{name}\n→ happy" for name in EMOTIONS] + ["last"]
    return faces.board(np.zeros((8, 48, 48), np.uint8), "title", names), set(names)


def make_detection_rate():
    table = pd.DataFrame({"share": np.linspace(0.9, 1, 7)}, index=EMOTIONS).assign(low=0.85, high=1.0)
    return faces.detection_rate(table, "title"), {"90.0%", "100.0%", "share of faces with landmarks", *EMOTIONS}


def make_scatter_mean_shapes():
    points, emotion = np.random.default_rng(0).random((14, 5, 2)), np.arange(14) % 7
    return landmarks.scatter_mean_shapes(points, emotion, LINES, "title"), {f"{name} (2)" for name in EMOTIONS}


def make_distances_on_face():
    points, pairs = np.random.default_rng(0).random((5, 2)), np.array([[0, 1], [2, 4]])
    figure = landmarks.distances_on_face(points, pairs, np.array([0.1, 0.3]), LINES, "title", "information (bit)")
    return figure, {"information (bit)"}


def make_heat_maps():
    maps = {"whole face": np.random.default_rng(0).random((48, 48)), "crops": np.zeros((64, 64))}
    return crops.heat_maps(maps, np.tri(48, dtype=bool), "title", "F"), {"whole face", "crops", "F"}


def make_curves():
    history = {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.5, 2.75], "learning_rate": [0.1] * 3}
    return training.curves(history, 1, "title"), {"epoch", "loss", "train", "validation", "chosen", "epoch 2: 2.500"}


def test_a_single_epoch_is_seen():
    history = {"loss": [3.0], "val_loss": [2.0]}
    (axis,) = training.curves(history, 0, "title").axes
    assert all(line.get_marker() != "" for line in axis.lines)
    low, high = axis.get_xlim()
    assert [tick for tick in axis.get_xticks() if low <= tick <= high] == [1]


def test_what_was_measured_on_one_side_alone_is_drawn_too():
    figure = training.curves({"loss": [3.0, 2.0], "val_accuracy": [0.5, 0.7]}, 1, "title")
    assert [[*line.get_ydata()] for ax in figure.axes for line in ax.lines[:1]] == [[3.0, 2.0], [0.5, 0.7]]
    assert {"loss", "accuracy", "train", "validation", "epoch 2: 2.000", "epoch 2: 0.700"} <= texts(figure)


def test_a_deep_fall_hides_nothing_that_follows():
    history = {
        "loss": [40.0, 1.2, 1.1],
        "val_loss": [60.0, 2.5, 2.75],
        "rmse": [9.0, 2.0, 1.0],
        "val_rmse": [9, 2, 1.0],
    }
    figure = training.curves(history, 1, "title")
    assert [ax.get_yscale() for ax in figure.axes] == ["log", "linear"]
    assert not any("times" in text for text in texts(figure))  # 2, and no 2 x 10^0


def make_confusion():
    figure = scores.confusion([[3, 1], [0, 1234]], ["other", "happy"], "title")
    return figure, {"1234", "75", "25", "100", "predicted", "true", "other", "happy", "% of the true class"}


def make_ranking():
    share = {f"{view}{end}": [0.8] for view in ("all", "clean") for end in ("", "_low", "_high")}
    rows = pd.DataFrame({"family": ["pixels"], "model": ["small"], **share})
    return scores.ranking(rows, "title"), {"pixels", "small", "80.0%", "all test faces"}


def make_by_class():
    table = pd.DataFrame({"distances": 0.5, "pictures": 0.6, "both": np.linspace(0.7, 0.8, 7)}, index=EMOTIONS)
    return scores.by_class(table, "title", "F1"), {"F1", "distances", "pictures", "both", *EMOTIONS}


def make_reliability():
    bins = {"confidence": [np.nan, 0.8], "accuracy": [np.nan, 0.7], "share": [0.0, 1.0]}
    figure = scores.reliability({name: np.array(v) for name, v in bins.items()}, 0.1, "title")
    return figure, {"accuracy", "share of faces", "confidence (top probability)", "mean of a bin; ECE 0.100"}


def make_overlay():
    names = [f"{name}\n1.0" for name in EMOTIONS] + ["last"]
    maps = np.random.default_rng(0).random((8, 48, 48))
    figure = saliency.overlay(np.zeros((8, 48, 48), np.uint8), maps, "title", names, label="fall of the score")
    return figure, {"fall of the score", *names}


def make_maps_grid():
    maps = np.random.default_rng(0).random((6, 6, 40))
    return saliency.maps_grid(maps, "title", limit=10), {"activation", *map(str, range(10))}


def make_selectivity():
    table = pd.DataFrame(np.random.default_rng(0).random((3, 7)), index=["stem", "a", "b"], columns=list(EMOTIONS))
    return saliency.selectivity(table, "title"), {"stem", "a", "b", "d' of the best channel", *EMOTIONS}


MAKERS = [make for name, make in list(globals().items()) if name.startswith("make_")]


@pytest.mark.parametrize("make", MAKERS)
def test_a_plot_says_what_it_was_told(make):
    before = dict(matplotlib.rcParams)
    figure, expected = make()
    assert isinstance(figure, Figure)
    assert expected | {"title"} <= texts(figure)
    assert dict(matplotlib.rcParams) == before  # the style does not leak


def test_no_plot_is_kept_by_pyplot():
    import matplotlib.pyplot as plt

    for make in MAKERS:
        make()
    assert plt.get_fignums() == []


def test_precision_recall_has_a_curve_for_each_class_that_occurs(answers):
    truth, chance = answers
    known = truth != EMOTIONS.index("disgust")
    found = texts(scores.precision_recall(truth[known], chance[known], EMOTIONS, "title"))
    assert {"recall", "precision", "average precision"} <= found
    assert {text.split()[0] for text in found if text.startswith(EMOTIONS)} == set(EMOTIONS) - {"disgust"}


def test_precision_recall_of_two_classes_shows_the_last_and_its_base_rate():
    truth = np.array([0, 0, 0, 1])
    chance = np.array([0.1, 0.2, 0.3, 0.9])  # ranked without a mistake
    found = texts(scores.precision_recall(truth, np.column_stack([1 - chance, chance]), ["other", "happy"], "title"))
    assert {"happy 1.00", "base rate 0.25"} <= found
    assert "other" not in " ".join(found)


@pytest.mark.parametrize("make", [make_scatter_mean_shapes, make_distances_on_face])
def test_faces_stand_upright_and_undistorted(make):
    ax = make()[0].axes[0]
    assert ax.yaxis_inverted()
    assert ax.get_aspect() == 1


def test_colours_are_fixed_for_expressions_and_distinct_for_all():
    assert style.colours_of(EMOTIONS) == [style.colour_of(name) for name in EMOTIONS]
    assert style.colours_of(["other", "happy"]) == [style.OTHER_COLOUR, style.EMOTION_COLOURS["happy"]]
    for classes in (EMOTIONS, ["closed", "narrow", "open", "wide"]):
        assert len(set(style.colours_of(classes))) == len(classes)


def test_a_figure_shows_itself_in_a_notebook():
    data, _ = DisplayFormatter().format(style.figure("title")[0])
    assert data.keys() == {"image/png", "text/plain"}
    assert data["image/png"].startswith(b"\x89PNG")


def pictures(figure: Figure) -> list[list]:
    """What each panel that shows something shows, from the bottom up."""
    return [ax.images for ax in figure.axes if ax.images]


def test_heat_lies_over_its_face_densest_where_the_map_is_highest_and_clear_where_it_is_not_above_zero():
    faces_shown = np.arange(3 * 4).reshape(3, 2, 2)
    maps = np.array([[[0, 4], [2, -4]], [[0, 0], [0, 0]], [[1, 0], [0, 0]]], float)
    figure = saliency.overlay(faces_shown, maps, "title", columns=2)
    assert len(pictures(figure)) == 3  # of four panels
    for (below, above), face, values in zip(pictures(figure), faces_shown, maps, strict=True):
        np.testing.assert_array_equal(below.get_array(), face)
        opacity = above.to_rgba(values)[..., 3]
        np.testing.assert_allclose(opacity, saliency.STRONGEST * np.maximum(values, 0) / 4, atol=0.01)  # one scale


@pytest.mark.parametrize("n", [1, 7, 8])
def test_a_long_label_of_the_heat_is_whole_under_any_number_of_rows(n):
    line = "evidence for the class, 1 = a face's strongest"
    figure = saliency.overlay(np.zeros((n, 2, 2)), np.ones((n, 2, 2)), "title", label=line)
    figure.draw_without_rendering()
    (label,) = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_text() == line)
    box = label.get_window_extent()
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
    assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1


def test_a_map_of_nothing_is_clear():
    figure = saliency.overlay(np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), "title")
    ((_, above),) = pictures(figure)
    assert (above.to_rgba(above.get_array())[..., 3] == 0).all()
    figure.savefig(io.BytesIO())


@pytest.mark.parametrize(("lowest", "ends"), [(0.0, (0, 3)), (-2.0, (-3, 3))])
def test_channels_share_a_scale_that_begins_at_zero_or_is_centred_on_it(lowest, ends):
    maps = np.full((2, 2, 3), lowest)
    maps[0, 0] = [1, 2, 3]
    figure = saliency.maps_grid(maps, "title", columns=2)
    assert len(pictures(figure)) == 3
    for (shown,), channel in zip(pictures(figure), maps.transpose(2, 0, 1), strict=True):
        np.testing.assert_array_equal(shown.get_array(), channel)
        assert shown.get_clim() == ends


def test_channels_beyond_the_limit_do_not_set_the_scale():
    maps = np.ones((2, 2, 3))
    maps[..., 2] = -100
    figure = saliency.maps_grid(maps, "title", limit=2)
    assert [shown.get_clim() for (shown,) in pictures(figure)] == [(0, 1)] * 2


def test_what_a_record_has_is_drawn_and_nothing_else():
    f1 = {"before": {"happy": 0.8, "sad": 0.4}, "after": {"happy": 0.9, "sad": 0.5}}
    record = {
        "history": {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5]},
        "best_epoch": 1,
        "search": {"title": "C matters", "accuracy": {"0.5": {"1.0": 0.4, "3.0": 0.6}}},
        "compared": {"title": "Sad gains", "f1": f1},
    }
    drawn = training.recorded(record)
    assert {name: figure.get_suptitle() for name, figure in drawn.items()} == {
        "curves": "Validation is best after 2 of 2 epochs",
        "search": "C matters",
        "compared": "Sad gains",
    }
    assert training.recorded({"title": "an estimator's"}) == {}


def test_a_ranking_has_a_panel_a_family_and_the_models_in_the_order_given():
    ends = {f"{view}{end}": [0.1 * k + shift for k in (3, 2, 1)] for view in ("all", "clean")
            for end, shift in (("", 0.0), ("_low", -0.05), ("_high", 0.05))}  # fmt: skip
    rows = pd.DataFrame({"family": ["pixels", "pixels", "landmarks"], "model": ["b", "a", "c"], **ends})
    panels = scores.ranking(rows, "Pixels lead").axes
    assert [ax.get_title("left") for ax in panels] == ["pixels", "landmarks"]
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["b", "a"]
    assert panels[0].yaxis_inverted()
    assert [text.get_text() for text in panels[0].texts] == ["30.0%", "20.0%"]
