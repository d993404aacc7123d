"""What is not there, said in a sentence: also by Jupyter, which shows a screenful of any other error."""

from pathlib import Path

from mien.engine import paths
from mien.engine.names import shown


class Missing(FileNotFoundError):
    """A file or a folder is not there; the message says what to do."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of the way to the error (`InteractiveShell.showtraceback`)."""
        return [str(self)]


def check_file(path: Path) -> None:
    """Refuse a path that is no file; to read a pipe or a device might never end.

    Raises:
        Missing: nothing is there.
        ValueError: something else is.
    """
    if not path.exists():
        raise Missing(f"{shown(path)} is not there")
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no file, but a pipe or a device"
        raise ValueError(f"{shown(path)} is {found}: name a file")


def made_by(path: Path, maker: str) -> Missing:
    """The error where a file of a profile is not there, and what makes it."""
    name = paths.named(path)
    own = [f" PROFILE={profile}" for profile in paths.profiles() if f"/{profile}/" in name and profile != "sample"]
    return Missing(f"{name} is not there: run {maker} first; `make pipeline{''.join(own)}` runs all in order")
