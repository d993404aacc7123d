"""The card of the networks that no notebook trained, and where they come from."""

import re

import pytest

from mien.engine import paths, store
from mien.models import pretrained
from mien.publishing import networks
from mien.training.recipes.pixels import RECIPES, STUDENTS, TEACHERS

CARD = paths.networks() / networks.CARD


def rows(heading: str) -> dict[str, list[str]]:
    """Network -> the other cells of its row in a section of the card."""
    section = CARD.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines()]
    return {cells[0].strip("`"): cells[1:] for cells in found if cells[0].startswith("`") and len(cells) > 1}


def test_it_says_what_the_records_say_now():
    assert networks.card() == CARD.read_text(encoding="utf-8"), "`make readme` writes it anew"


@pytest.mark.parametrize(("heading", "recipes"), [("Teachers", TEACHERS), ("Students", STUDENTS)])
def test_every_recipe_has_its_row_with_seed_time_machine_and_what_was_right(heading, recipes):
    found = rows(heading)
    assert found.keys() == recipes.keys()
    for name, cells in found.items():
        record = store.open_json(paths.networks() / name / "record.json")
        one, ten = (record["validation"][view] for view in ("one", "ten"))
        assert cells[3] == str(record["seed"]) == str(RECIPES[name].seed)
        assert float(cells[6]) == pytest.approx(record["seconds"] / 60, abs=0.05)
        assert cells[7] == record["device"]
        shares = [float(share) for cell in cells[8:10] for share in cell.split(" / ")]
        assert shares == pytest.approx([one["all"], one["clean"], ten["all"], ten["clean"]], abs=5e-4)


def test_it_leads_to_the_models_that_ship_and_to_no_others():
    links = {name: re.findall(r"pretrained/([^/]+)/card.md", cells[-1]) for name, cells in rows("Students").items()}
    assert {model: name for name, models in links.items() for model in models} == {
        name: about["network"] for name in pretrained.names() if "network" in (about := pretrained.describe(name))
    }


def test_what_began_with_dlibs_recogniser_is_found_through_starts_and_teachers():
    faces = ["face_a", "face_b", "face_c", "face_d"]
    assert networks.described("vgg_a")["recognisers"] == []
    assert networks.described("face_b")["recognisers"] == ["face_b"]
    assert sorted(networks.described("student_small_1")["recognisers"]) == faces
    assert sorted(networks.described("student_face_1")["recognisers"]) == faces
    assert networks.described("student_face_1")["begins"] == "the weights of `face_a`"


def test_a_network_without_a_record_is_refused_with_the_command_that_trains_it():
    with pytest.raises(FileNotFoundError, match="make networks PROFILE=fer2013"):
        networks.described("vgg_z")
