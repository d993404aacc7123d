from mien.plots import graph

NEEDS = {
    "00_sources": [],
    "10_faces": ["00_sources"],
    "11_model": ["20_landmarks"],
    "20_landmarks": ["10_faces"],
    "40_far": ["10_faces"],
    "41_near": ["20_landmarks", "40_far"],
}


def test_a_notebook_stands_in_the_column_of_its_stage_and_none_on_another():
    place = graph.placed(NEEDS)
    assert {name: x for name, (x, _) in place.items()} == {name: int(name[0]) for name in NEEDS}
    assert len({*place.values()}) == len(NEEDS)


def test_every_notebook_and_every_need_is_drawn():
    figure = graph.graph(NEEDS, "six notebooks")
    (ax,) = figure.axes
    assert {name.replace("_", " ") for name in NEEDS} <= {text.get_text() for text in ax.texts}
    arrows = [patch for patch in ax.patches if type(patch).__name__ == "FancyArrowPatch"]
    assert len(arrows) == sum(map(len, NEEDS.values()))
