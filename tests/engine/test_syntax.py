import json

import pytest

from mien.engine import graph, keys, syntax


def test_a_module_that_is_no_python_is_named_with_its_line(repository):
    (repository / "src" / "mien" / "models" / "dense.py").write_text("x = 1\ndef build(:\n")
    with pytest.raises(syntax.NoPython, match=r"^src/mien/models/dense.py, line 2: .*: def build\(:"), syntax.named():
        keys.keys(graph.load(), {})


@pytest.mark.parametrize("tags", [[], ["parameters"]])
def test_a_magic_in_a_notebook_is_named_with_its_cell_and_line(tags, repository):
    file = repository / "notebooks" / "40_train_all.ipynb"
    content = json.loads(file.read_text())
    magic = {"cell_type": "code", "source": ["x = 1\n", "%matplotlib inline"], "metadata": {"tags": tags}}
    file.write_text(json.dumps({**content, "cells": [magic, *content["cells"]]}))
    said = "^notebooks/40_train_all.ipynb, cell 1 .*, line 2: invalid syntax: %matplotlib inline"
    with pytest.raises(syntax.NoPython, match=said), syntax.named():
        keys.keys(graph.load(), {})
