"""Every room has a page, every public function stands on it with what it takes and gives, and links lead somewhere."""

import re

import pytest

from mien.engine.paths import REPOSITORY
from mien.publishing import api


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return api.pages()


def test_every_room_has_a_page_and_every_module_a_heading(pages):
    source = REPOSITORY / "src" / "mien"
    assert list(pages) == sorted(file.parent.name for file in source.glob("*/__init__.py"))
    for file in source.glob("*/[a-z]*.py"):
        assert f"## `mien.{file.parent.name}.{file.stem}`" in pages[file.parent.name]


def test_a_function_is_shown_with_its_signature_shapes_and_errors(pages):
    said = pages["features"].partition("### `mien.features.distances.pairwise`")[2].partition("\n### ")[0]
    assert "pairwise(points: np.ndarray" in said
    for part in ("**Parameters:**", "**Returns:**", "(face, "):
        assert part in said


def test_what_is_private_is_not_shown_and_links_lead_to_headings(pages):
    for page in pages.values():
        headings = re.findall(r"^#+ `(.*)`$", page, re.MULTILINE)
        assert not [name for name in headings if "._" in name]
        assert set(re.findall(r"\]\(#(.*?)\)", page)) <= set(headings)
