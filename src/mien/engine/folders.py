"""What lies in a folder as people have it: links are followed, and what systems leave there is passed over."""

import os
from collections.abc import Container
from pathlib import Path

LITTER = {
    "__macosx", "icon\r", "network trash folder", "temporary items",  # macOS
    "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$recycle.bin", "system volume information",
    "picasa.ini", "lost+found", "@eadir", "@tmp", "#recycle", "#snapshot", "@recycle",  # a viewer, Linux and NAS
}  # fmt: skip
"""What macOS, Windows, picture viewers and network drives put beside one's own files, in lower case."""


def is_litter(name: str) -> bool:
    """Whether a system hides a file or a folder of this name, or has made it for itself."""
    return name.startswith((".", "~$")) or name.lower().partition(":")[0] in LITTER  # `Thumbs.db:encryptable`


def listed(folder: Path, without: Container[str] = ()) -> tuple[list[Path], list[Path]]:
    """The files at any depth of a folder, and what cannot be followed.

    A folder that several ways lead to, such as a link and its own name, is looked into once, by its own name if that is
    inside; so no circle of links has a second turn.

    Args:
        folder: to look into.
        without: paths of folders to leave out.

    Returns:
        Files in no order; then links that lead nowhere, folders that may not be opened, and what is neither, as a pipe.
    """
    files, lost, seen = [], [], set()
    places, links = [str(folder)], []
    while places or links:
        place = places.pop() if places else links.pop(0)
        real = os.path.realpath(place)
        if real in seen or place in without:
            continue
        seen.add(real)
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except PermissionError:
            lost.append(Path(place))
            continue
        for entry in entries:
            if is_litter(entry.name):
                continue
            known = entry if not entry.is_symlink() else Path(entry)  # an entry's own `is_dir` fails in a ring of links
            if known.is_dir():
                (links if entry.is_symlink() else places).append(entry.path)
            else:
                (files if known.is_file() else lost).append(Path(entry))
    return files, lost
