import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from mien.engine import paths, profiles


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A notebook with two parameters, the only one there is; `<tmp_path>/<profile>.yaml` describes a profile."""
    cell = new_code_cell("top = 6\nbottom = 2", metadata={"tags": ["parameters"]})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path = tmp_path / "notebooks" / "00_divide.ipynb"
    path.parent.mkdir()
    nbformat.write(new_notebook(cells=[cell], metadata=kernel), path)
    monkeypatch.setattr(profiles, "NOTEBOOKS", path.parent)
    monkeypatch.setattr(paths, "configuration", lambda profile: tmp_path / f"{profile}.yaml")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("00_divde: {top: 1}", "there is no notebook 00_divde"),
        ("00_divide: {tpo: 1}", "00_divide has no parameter tpo"),
        ("00_divide: {top: 6e0}", "00_divide wants top as int, e.g. 6; found the str '6e0'"),
        ("00_divide: {top: true}", "00_divide wants top as int, e.g. 6; found the bool True"),
        ("00_divide: 3", "`parameter: value` lines"),
        ("- 00_divide", "expected notebook names"),
    ],
)
def test_a_typo_in_a_profile_is_refused(notebook, tmp_path, text, message):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(profiles.ParameterError, match=message):
        profiles.configured("x")


def test_a_whole_number_is_a_float(notebook):
    content = nbformat.read(notebook, as_version=4)
    content.cells[0].source = "top = 6.5"
    nbformat.write(content, notebook)
    profiles.check(notebook, {"top": 7}, "here")


def test_every_profile_names_notebooks_and_parameters_that_exist():
    for profile in paths.profiles():
        profiles.configured(profile)


def test_a_profile_speaks_over_the_defaults_of_a_notebook(notebook, tmp_path):
    (tmp_path / "x.yaml").write_text("00_divide: {top: 8}")
    assert profiles.resolved("00_divide", "x") == {"profile": "x", "top": 8, "bottom": 2}
