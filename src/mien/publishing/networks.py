"""The networks of `models/networks`, which no notebook trained: their card, and what those of models say of them."""

from pathlib import Path

from mien.engine import paths, store
from mien.models import pretrained, resnet
from mien.publishing import cards

CARD = "README.md"
"""Beside the networks' folders."""

ANEW = "make networks PROFILE=fer2013"
"""What trains all of them again."""

GROUPS = {"Teachers": False, "Students": True}
"""Title -> whether teachers have taught them."""


def described(name: str) -> dict:
    """What the card of a model that is one of them needs.

    Args:
        name: of a folder of `models/networks`.

    Returns:
        The record of its training; `anew`, the command that trains it; `begins`, whose weights it had at first; and
        `recognisers`, those that began with dlib's face recogniser of itself, its start and its teachers.

    Raises:
        FileNotFoundError: there is no record; names the command that writes it.
    """
    record = store.open_json(paths.networks() / name / "record.json", f"`{ANEW}`")
    family = [record, *(described(other) for other in dict.fromkeys([record["start"], *record["teachers"]]) if other)]
    begun = [each["recipe"] for each in family if each["network"] == "face" and not each["start"]]
    return {**record, "anew": ANEW, "begins": _begins(record), "recognisers": begun}


def write() -> Path:
    """Write the card of all of them; gives the file."""
    file = paths.networks() / CARD
    with store.aside(file) as temporary:
        temporary.write_text(card(), encoding="utf-8", newline="\n")
    return file


def card() -> str:
    """The card of all of them, from the records of their trainings, teachers first."""
    found = [described(path.parent.name) for path in sorted(paths.networks().glob("*/record.json"))]
    groups = {title: [of for of in found if bool(of["teachers"]) == taught] for title, taught in GROUPS.items()}
    about = {name: pretrained.describe(name).get("network") for name in pretrained.names()}
    return cards.written(
        "card_networks.md.j2",
        groups=groups,
        networks=[of for group in groups.values() for of in group],
        ships={of["recipe"]: [name for name, network in about.items() if network == of["recipe"]] for of in found},
        anew=ANEW,
        dlib=resnet.STARTS_FROM["face"],
    )


def _begins(record: dict) -> str:
    if record["start"]:
        return f"the weights of `{record['start']}`"
    return resnet.STARTS_FROM.get(record["network"], "random weights")
