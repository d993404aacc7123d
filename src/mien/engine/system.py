"""Can this machine run the environment? `python -m mien.engine.system` is silent when it can, or names the cure."""

import importlib
import re
import sys

NATIVE = ("cv2", "dlib", "ai_edge_litert.interpreter")
"""What is imported to see whether its native parts load."""

_GLIB = "`sudo apt-get install libglib2.0-0` or `sudo dnf install glib2`"
_CURES = {
    "libGL.so": "`sudo apt-get install libgl1` or `sudo dnf install mesa-libGL`",
    "libgthread-2.0.so": _GLIB,
    "libglib-2.0.so": _GLIB,
}


def cure(error_text: str) -> str | None:
    """What to do about a shared library that the loader did not find.

    Args:
        error_text: the message of an ImportError or OSError.

    Returns:
        One line that names the library and the cure; None if the message is about something else.
    """
    found = re.search(r"(lib[\w.+-]+?\.so)([.\d]*): cannot open shared object file", error_text)
    if not found:
        return None
    packages = _CURES.get(found[1], "install the system package that holds it")
    return f"the system library {found[1]}{found[2]} is missing: {packages}"


def problems() -> list[str]:
    """Load what has native parts; one line for each thing that does not load."""
    lines = []
    for name in NATIVE:
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as error:
            lines.append(cure(str(error)) or f"the environment is not whole: {error}")
    return list(dict.fromkeys(lines))


if __name__ == "__main__":
    sys.exit("\n".join(problems()) or 0)
