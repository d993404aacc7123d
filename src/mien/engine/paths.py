"""Where everything is. No other module knows the name of a folder."""

import os
from dataclasses import dataclass
from pathlib import Path

_PACKAGE, _CLONE = (Path(__file__).resolve().parents[up] for up in (1, 3))

_IS_CLONE = (_CLONE / "conf" / "pipeline.yaml").is_file()

REPOSITORY = _CLONE if _IS_CLONE else _PACKAGE / "shipped"
"""The clone; where the package is installed without one, what `setup.py` has put into it of the clone's files."""

DRAWN = "drawn.txt"
"""The file that says of a folder of raw data that its faces are drawn, and by what."""

FACES = ("faces", "faces")
"""The stage and the name of a profile's faces, whatever its data set."""


def home() -> Path:
    """The folder that holds `data/`, `models/` and `reports/`: `MIEN_HOME`, or the clone; without one, that of work."""
    return named_by("MIEN_HOME") or (REPOSITORY if _IS_CLONE else Path.cwd())


def named_by(variable: str) -> Path | None:
    """The folder that a variable of the environment names, also from `~` on, which a shell leaves within quotes."""
    return Path(os.path.expanduser(path)) if (path := os.environ.get(variable)) else None


def of_clone(name: str) -> Path:
    """A file or folder of the repository, which a package that is installed without a clone may lack.

    Raises:
        ValueError: there is no clone, and the package lacks it; says what to do.
    """
    if not (path := REPOSITORY / name).exists() and not _IS_CLONE:
        raise ValueError(
            f"{name} is not there: this needs a clone of Mien's repository, where `make venv` installs it; a package "
            "without one has the commands that need no profile, such as `mien predict`, and the models that ship"
        )
    return path


def raw() -> Path:
    """The folder of raw data, one subfolder per source: `MIEN_RAW`, or `data/raw`. Never edited."""
    return named_by("MIEN_RAW") or home() / "data" / "raw"


def assets() -> Path:
    """The folder where model files of others are kept once fetched."""
    return home() / "data" / "assets"


def pretrained() -> Path:
    """The folder of trained models that are committed: the repository's, whatever `MIEN_HOME` says."""
    return of_clone("models/pretrained")


def networks() -> Path:
    """The folder of networks that were trained on a GPU and are committed."""
    return REPOSITORY / "models" / "networks"


def copies() -> Path:
    """The committed list of FER2013's faces that have a copy, for others to use and cite."""
    return REPOSITORY / "data" / "fer2013_copies.csv"


def published(profile: str) -> Path:
    """The committed copy of a profile's report: the repository's, whatever `MIEN_HOME` says."""
    return REPOSITORY / "reports" / "published" / profile


def openings(profile: str) -> Path:
    """The ledger of openings of a profile's test set, apart from what `make clean` removes: an opening stays one."""
    return home() / "reports" / "openings" / f"{profile}.jsonl"


def named(path: Path) -> str:
    """A path as provenance says it: from `data/raw`, home or the repository on, nothing of the machine above it."""
    for folder, name in ((raw(), "data/raw"), (home(), ""), (REPOSITORY, "")):
        if path.absolute().is_relative_to(folder.absolute()):
            return (Path(name) / path.absolute().relative_to(folder.absolute())).as_posix()
    return path.name


def tuned(name: str) -> Path:
    """What a search has chosen for the model `<model>-<target>`, if one has."""
    return REPOSITORY / "conf" / "tuned" / f"{name}.json"


FOLDERS = ("raw", "assets", "pretrained", "networks", "published", "benchmarks", "openings")
"""Beside the folders of profiles: no profile is called so."""


def profiles() -> list[str]:
    """Names of the profiles that `conf/` describes."""
    return sorted(path.stem for path in (REPOSITORY / "conf").glob("*.yaml") if path.stem not in ("pipeline", *FOLDERS))


def configuration(profile: str) -> Path:
    """The file that says what a profile overrides.

    Raises:
        ValueError: there is no such profile, or no clone.
    """
    of_clone("conf/pipeline.yaml")
    if profile not in profiles():
        raise ValueError(f"unknown profile {profile!r}: conf/ describes {', '.join(profiles())}")
    return REPOSITORY / "conf" / f"{profile}.yaml"


@dataclass(frozen=True)
class Paths:
    """The folders of one profile.

    Attributes:
        profile: name of a file in `conf/`, e.g. `fer2013`.
    """

    profile: str

    def __post_init__(self):
        configuration(self.profile)

    def dataset(self, stage: str, name: str, suffix: str = ".zarr") -> Path:
        """A Zarr store, or another file, of a stage (`faces`, `landmarks` or `features`)."""
        return home() / "data" / self.profile / stage / f"{name}{suffix}"

    def faces(self) -> Path:
        """The store of the faces, whatever the data set."""
        return self.dataset(*FACES)

    def pictures(self) -> Path:
        """The faces as PNG files, one folder per label, for people who want files."""
        return home() / "data" / self.profile / "pictures"

    def model(self, name: str, suffix: str = ".keras") -> Path:
        """A trained model."""
        return home() / "models" / self.profile / f"{name}{suffix}"

    def networks(self) -> Path:
        """The folder of networks that were trained here without Jupyter."""
        return home() / "models" / self.profile / "networks"

    def trained(self, name: str) -> Path:
        """A trained model that is there: the estimator of that name (`.skops`), or else the network (`.keras`)."""
        estimator = self.model(name, ".skops")
        return estimator if estimator.exists() else self.model(name)

    def tuning(self) -> Path:
        """The folder of searches for hyper-parameters."""
        return home() / "models" / self.profile / "tuning"

    def figure(self, name: str, shows_faces: bool = False) -> Path:
        """A figure of the report; those that show faces stand apart, since real people's are never committed."""
        return self.reports() / ("faces" if shows_faces else "figures") / f"{name}.png"

    def metrics(self, name: str) -> Path:
        """The scores of one model for one target."""
        return self.reports() / "metrics" / f"{name}.json"

    def executed(self) -> Path:
        """The folder of executed notebooks, with their logs."""
        return self.reports() / "executed"

    def reports(self) -> Path:
        """The folder of the report: `figures/`, `faces/`, `metrics/`, `executed/`, `book/`."""
        return home() / "reports" / self.profile
