"""Networks that ship, in formats of other runtimes: handed out, and what is known of them on their cards."""

import json
import shutil
import warnings
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

from mien.engine import store
from mien.faces import cropping
from mien.models import export, pretrained
from mien.publishing import cards

INDEX = "networks.json"
"""What lies in a folder of exported networks, for programs; and the mark of such a folder."""

FACTS = "exports.json"
"""What `benchmarks/export.py` has measured of a network that ships, beside its card."""

FORMATS = {"ONNX": ".onnx", "ONNX, half": "-half.onnx", "LiteRT": ".tflite", "LiteRT, half": "-half.tflite"}
"""Format -> how its files are named after the network."""


def hand_out(folder: Path) -> Path:
    """Write every network that ships in `FORMATS`, its card, and what it takes and gives.

    Args:
        folder: new, empty, or of an earlier export, which is replaced as a whole.

    Returns:
        The folder: of each the files of `FORMATS` and `<name>.md`, its card; `README.md` and `INDEX`.

    Raises:
        ValueError: tf2onnx is missing, or the folder holds a file that no export has made, or that was changed since.
    """
    folder = folder.resolve()
    export.check_onnx()
    _check_own(folder)
    names = pretrained.names()
    bar = tqdm(total=len(names) * len(FORMATS), desc="exporting", unit="file", leave=False)
    with store.aside(folder) as temporary, bar:
        temporary.mkdir()
        networks = [_written(name, temporary, bar) for name in names]
        readme = cards.written("exports.md.j2", networks=networks, index=INDEX, frame=cropping)
        (temporary / "README.md").write_text(readme, encoding="utf-8")
        files = {path.name: store.digest(path) for path in sorted(temporary.iterdir())}
        index = {"made_by": f"mien {version('mien')}", "networks": networks, "sha256": files}
        store.save_json(index, temporary / INDEX)
    return folder


def save(name: str, form: str, folder: Path) -> Path:
    """Write a model that ships in one of `FORMATS`; gives the file.

    Raises:
        ValueError: as `export.to_onnx`.
    """
    about, path = pretrained.describe(name), folder / f"{name}{FORMATS[form]}"
    half = form.endswith("half")
    if form == "LiteRT, half" and "light" in about:
        return Path(shutil.copyfile(pretrained.folder_of(name) / pretrained.LIGHT, path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras' exporters warn of what they themselves do
        if form.startswith("ONNX"):
            export.to_onnx(export.network(name), path, answer(about), half)
        else:
            export.to_litert(export.network(name), path, half)
    return path


def answer(about: dict) -> str:
    """What a network of a `model.json` gives."""
    return "points" if "points" in about else "probabilities"


def keep(name: str, facts: dict) -> None:
    """Put what was measured of a network's formats beside it and on its card, in place of what stood there.

    Args:
        name: of a model that ships.
        facts: as `benchmarks/export.py` measures them: `faces`, how many; `machine`; and `formats`, name -> `bytes`,
            `difference`, `ms_together`, `ms_alone` and, of expressions, `accuracy`; the first is the one that ships.
    """
    folder = pretrained.folder_of(name)
    store.save_json(facts, folder / FACTS)
    text = (folder / "card.md").read_text(encoding="utf-8")
    card = cards.with_formats(text, facts, answer(pretrained.describe(name)))
    with store.aside(folder / "card.md") as temporary:
        temporary.write_text(card, encoding="utf-8")


def _written(name: str, folder: Path, bar: tqdm) -> dict:
    """Write a network and its card; what it is, for `INDEX`."""
    about, card = pretrained.describe(name), pretrained.folder_of(name) / "card.md"
    for form in FORMATS:
        bar.set_postfix_str(f"{name}, {form}")
        save(name, form, folder)
        bar.update()
    shutil.copyfile(card, folder / f"{name}.md")
    names, axis = (about["points"], [2]) if "points" in about else (about["classes"], [])
    return {
        "name": name,
        "inputs": {given: _input(shape, about["sources"][given]) for given, shape in about["inputs"].items()},
        "output": {"name": answer(about), "shape": ["face", len(names), *axis], "dtype": "float32", "of": names},
        "licence": card.read_text(encoding="utf-8").partition("## Licence\n")[2].strip(),
        "source": f"models/pretrained/{name}/{pretrained.file(name).name} of Mien, sha256 {about['sha256']}",
    }


def _input(shape: list[int], source: list[str]) -> dict:
    values = "grey levels, 0 to 255" if len(shape) > 2 else f"as in Mien's dataset {' / '.join(source)}"
    return {"shape": ["face", *shape], "dtype": "float32", "values": values}


def _check_own(folder: Path) -> None:
    """Refuse a folder with a file that no export has made."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ValueError(f"--export {folder} is a file: name a folder")
    made = _made(folder / INDEX)
    for path in sorted(folder.iterdir()):
        if not (path.is_file() and (made.get(path.name) == store.digest(path) or (made and path.name == INDEX))):
            raise ValueError(f"--export {folder} would replace {path.name}, which may be yours: name another folder")


def _made(index: Path) -> dict[str, str]:
    """Name -> sha256 of the files that an export has made; none where the index is none of Mien's."""
    try:
        said = json.loads(index.read_text(encoding="utf-8"))
        return dict(said["sha256"]) if str(said["made_by"]).startswith("mien ") else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
