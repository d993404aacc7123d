"""Settings of a training, and where each comes from: a parameter wins over a search, and a search over the default."""

from collections.abc import Mapping
from typing import Any

from mien.engine import paths, store


def searched(name: str, **given: Any) -> dict[str, Any]:
    """What a search has chosen for a model: the values of `conf/tuned/<name>.json`; none where none holds.

    Args:
        name: `<model>-<target>`.
        **given: parameters of the training; values that were found with others do not hold.
    """
    file = paths.tuned(name)
    found = store.open_json(file) if file.exists() else {"values": {}, "holds_for": given}
    return found["values"] if found["holds_for"] == given else {}


def applied(
    used: Mapping[str, Any], explicit: Mapping[str, Any], found: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """For a record: each setting that was used, and whether a parameter, a search or the default decided it.

    Args:
        used: setting -> value.
        explicit: what parameters say.
        found: what a search has chosen.
    """
    origins = {**dict.fromkeys(found, "search"), **dict.fromkeys(explicit, "parameter")}
    return {name: {"value": value, "from": origins.get(name, "default")} for name, value in used.items()}
