import ast
import math

import pytest

from mien.engine import parameters

CELL = """
threshold = 0.985  # float: correlation, at most 1, of two pictures
share = 0.4  # float: share, below 1, left out; 0: none
epochs = 15  # int: of training
search_rows = 1500  # int: faces; 0: all
seed = 0  # int: of the split
backbone = "small"  # str: "small" or "face", see 43; "none" is none of them
start = ""  # str: a model that ships
model = "all"  # str: what stage 40 made, e.g. "all"
teacher = "one"  # str: a model that ships; "": labels alone
C = [1.0, 3.0]  # list: prices
blocks = ["mesh"]  # list: "mesh", "blendshape" (of MediaPipe): what tells a face
tuned = True  # bool: take what a search has found
"""
DECLARED = parameters.declared(CELL)


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        ("threshold", [1, 1.0, 0.1], [0, 1.01, -0.1, math.nan, math.inf, -math.inf, "1e-3", True]),
        ("share", [0, 0.999], [1, 2, -1]),
        ("epochs", [1, 2**32 - 1], [0, -1, 1.0, True, 2**32, 10**400]),
        ("search_rows", [0, 1], [-1]),
        ("seed", [0, 2**32 - 1], [-1, 2**32]),
        ("backbone", ["small", "face"], ["", "nothing", "none"]),
        ("start", ["", "small-emotion7"], [None, "nothing", "small-emotion7/"]),
        ("model", ["mesh_svm"], [""]),
        ("teacher", ["", "small-emotion7"], [0, "other"]),
        ("C", [[1.0], [2, 3.0]], [[], [0.0], [1.0, math.nan], ["1"], 1.0]),
        ("blocks", [["mesh", "blendshape"]], [["mesh", "43"], [""], "mesh"]),
        ("tuned", [True, False], [1, "yes"]),
    ],
)
def test_its_default_and_its_comment_say_what_a_parameter_takes(name, taken, refused):
    assert [value for value in taken if parameters.wanted(DECLARED[name], value)] == []
    assert [value for value in refused if not parameters.wanted(DECLARED[name], value)] == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("epochs", 0, "as a number above 0"),
        ("seed", -1, "as a number not below 0"),
        ("share", 1, "as a number below 1"),
        ("threshold", 1.5, "as a number at most 1"),
        ("backbone", "x", "as one of small, face"),
        ("C", ["x"], "its items as float: YAML reads 1e-3 as text, and 1.0e-3 as a number"),
        ("C", [], "with something in it"),
    ],
)
def test_what_a_parameter_wants_is_said(name, value, said):
    assert parameters.wanted(DECLARED[name], value) == said


def test_the_options_of_a_function_have_the_comments_of_its_docstring():
    (function,) = ast.parse(
        'def read(path, skip=0.4, size=48):\n    """Read.\n\n    Args:\n        path: of all.\n        skip: share,\n'
        '            below 1.\n        size: in pixels.\n    """\n'
    ).body
    options = parameters.options(function)
    assert options["size"] == ("48", "in pixels.")
    assert parameters.wanted(options["skip"], 1.0) == "as a number below 1"


@pytest.mark.parametrize("text", ["(", "P[0-9]+"])
def test_a_pattern_of_persons_has_a_group(text):
    with pytest.raises(ValueError, match="person: .* no (regular expression|group)"):
        parameters.pattern(text)
