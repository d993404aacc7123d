from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from mien.engine import paths, profiles
from mien.engine.profiles import Dataset


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
        ("- 00_divide", "x.yaml, line 1: expected `dataset` and notebook names"),
        ("# mine\n00_divide: {top: 1}\n00_divde: {top: 1}", "conf/x.yaml, line 3: there is no notebook 00_divde"),
        ("# mine\n\n00_divide: {tpo: 1}", "conf/x.yaml, line 3: 00_divide has no parameter tpo; it has bottom, top"),
        ("\ndatasett: ckplus", "conf/x.yaml, line 2: there is no notebook datasett"),
        ("\ndataset: ck", "conf/x.yaml, line 2: there is no data set 'ck': expected one of ckplus, combined, fer2013"),
        ("dataset: [ckplus, fer2013]", r"conf/x.yaml, line 1: there is no data set \['ckplus', 'fer2013'\]"),
        ("10: {top: 1}", "conf/x.yaml, line 1: there is no notebook 10"),
        ("00_divide: {top: 1}\n00_divide: {top: 2}", "conf/x.yaml, line 2: 00_divide is there already"),
        ("dataset: {path: faces}", "x.yaml, line 1: there is no data set None"),
        ("dataset: {name: folder, path: 3}", "x.yaml, line 1: the path of folder is 3"),
        ("dataset: {name: ckplus, skp: 0.2}", "the data set ckplus has no parameter skp; it has size, skip"),
        ("dataset: {name: ckplus, size: big}", "the data set ckplus wants size as int, e.g. 48; found the str 'big'"),
        ("00_divide:\n  top: 1\n  top: 2", "conf/x.yaml, line 3: top is there already, from line 2"),
        ("00_divide:\n  top: 1\n  tpo: 2", "conf/x.yaml, line 3: 00_divide has no parameter tpo"),
        ("00_divide: {top: 1", "conf/x.yaml is not YAML: .*line 1"),
        ("00_divide: {top: 010}", "00_divide wants top as int, e.g. 6; found the str '010'"),
        ("00_divide: {top: 1:30}", "00_divide wants top as int, e.g. 6; found the str '1:30'"),
        ("dataset: {path: a\0}", "conf/x.yaml is not"),
        ("\nyes: {seed: 1}", "conf/x.yaml, line 2: there is no notebook yes"),
        ("~: 1", "conf/x.yaml, line 1: there is no notebook ~"),
        ("00_divide: {on: 1}", "conf/x.yaml, line 1: 00_divide has no parameter on; it has bottom, top"),
        ("00_divide:\n  <<: {tpo: 1}", "conf/x.yaml, line 1: 00_divide has no parameter tpo"),
        ("\n<<: {00_divde: {top: 1}}", "conf/x.yaml, line 1: there is no notebook 00_divde"),
        ("00_divide: {top: 2026-11-32}", "conf/x.yaml is not YAML: day"),
        ("00_divide: &a {top: *a}", "conf/x.yaml is not YAML"),
        (
            "00_divide: {top: 0}",
            "conf/x.yaml, line 1: 00_divide wants top as a number above 0, e.g. 6; found the int 0",
        ),
        ("dataset: {name: folder, path: ''}", "x.yaml, line 1: the path of folder is ''"),
        ("dataset: {name: folder, size: -4}", "the data set folder wants size as a number above 0, e.g. 48"),
        ("dataset: {name: ckplus, skip: 2}", "the data set ckplus wants skip as a number below 1, e.g. 0.4"),
        ("dataset: {name: folder, person: '('}", r"x.yaml, line 1: person: '\(' is no regular expression"),
        ("dataset: {name: fer2013, code_map: nothing}", "x.yaml, line 1: unknown code_map 'nothing'"),
    ],
)
def test_a_typo_in_a_profile_is_refused(notebook, tmp_path, text, message):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(profiles.ParameterError, match=message):
        profiles.configured("x")


def test_a_profile_in_another_encoding_is_named_and_a_byte_order_mark_is_none_of_its_words(notebook, tmp_path):
    (tmp_path / "x.yaml").write_text("dataset: {path: Gesichter für}", encoding="latin-1")
    with pytest.raises(profiles.ParameterError, match="conf/x.yaml is not text in UTF-8"):
        profiles.configured("x")
    (tmp_path / "x.yaml").write_text("00_divide: {top: 1}", encoding="utf-8-sig")
    assert profiles.configured("x") == {"00_divide": {"top": 1}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Dataset("fer2013", Path("fer2013"))),
        ("dataset: ckplus", Dataset("ckplus", Path("ckplus"))),
        ("dataset: {name: folder, path: /mnt/faces}", Dataset("folder", Path("/mnt/faces"))),
        ("dataset: {name: ckplus, skip: 0.5}", Dataset("ckplus", Path("ckplus"), {"skip": 0.5})),
        ("dataset: {name: ckplus, skip: 0}", Dataset("ckplus", Path("ckplus"), {"skip": 0})),
        ("dataset: {name: folder, path: ~no-such-user/x}", Dataset("folder", Path("~no-such-user/x"))),
    ],
)
def test_a_profile_names_its_data_set_in_one_line(notebook, tmp_path, text, expected):
    (tmp_path / "x.yaml").write_text(text)
    assert profiles.dataset("x") == expected


def test_a_module_with_read_is_a_data_set_and_what_follows_the_path_are_its_options(notebook, tmp_path, monkeypatch):
    (tmp_path / "jaffe.py").write_text("def read(path, size=48):\n    pass\n")
    (tmp_path / "lines.py").write_text("def parse(path):\n    pass\n")
    monkeypatch.setattr(profiles, "SOURCES", tmp_path)
    (tmp_path / "x.yaml").write_text("dataset: {name: jaffe, size: 64}")
    assert profiles.dataset("x").options == {"size": 64}
    (tmp_path / "x.yaml").write_text("dataset: lines")
    with pytest.raises(profiles.ParameterError, match="no data set 'lines': expected one of jaffe$"):
        profiles.dataset("x")


def test_faces_that_were_drawn_are_synthetic_under_any_profile(home, monkeypatch):
    monkeypatch.setenv("MIEN_RAW", str(home / "raw"))
    assert profiles.synthetic("smoke")
    assert not profiles.synthetic("ckplus")
    (home / "raw").mkdir()
    (home / "raw" / paths.DRAWN).write_text("by these")
    assert profiles.synthetic("ckplus")


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
