"""Files in, a table out: what `mien predict` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console
from tqdm import tqdm

from mien.engine.names import shown
from mien.faces.detectors import LEAST
from mien.inference import files, outputs, tables
from mien.inference.predictor import SEARCHED, Predictor
from mien.landmarks import detectors


@dataclass(frozen=True)
class Output:
    """What is written beside the table on screen.

    Attributes:
        csv, json: files for the table.
        save: folder for the annotated pictures.
        heatmap: show on them where the model looks.
    """

    csv: Path | None = None
    json: Path | None = None
    save: Path | None = None
    heatmap: bool = False


def predict(
    paths: Sequence[Path], model: str, output: Output, crops: bool, console: Console, detector: str = "blaze"
) -> bool:
    """Look at pictures, print what is on them and write what is asked for.

    Args:
        paths: pictures, or folders of pictures.
        model: a model of expressions that ships.
        output: what to write.
        crops: each picture is a face already.
        console: to print to.
        detector: of faces, see `detectors.named`.

    Returns:
        Whether every file could be read.

    Raises:
        ValueError: there is no picture, or none that can be read; no such model or detector; or what is to be written
            would replace a picture.
        OSError: a path is not there, or cannot be written to.
    """
    every, failed, found, doubtful = files.found(paths), [], [], 0
    if not every:
        raise ValueError(f"no picture in {', '.join(map(shown, paths))}")
    names = tables.names(every)
    tabled = {"--csv": output.csv, "--json": output.json}
    outputs.check(every, tabled)
    if output.save:
        outputs.check_pictures(output.save, names, tabled)
    predictor = Predictor.open(model, detector=detectors.named(detector), light=not output.heatmap)
    looked = files.look_through(every, predictor, crops, failed)
    for one in tqdm(looked, "looking", len(every), unit=" pictures", leave=False, delay=1):
        found.append(tables.rows(one))
        doubtful += not crops and (one.faces.empty or max(one.image.shape) > SEARCHED)
        if output.save:
            tables.save_picture(one, output.save / names[one.path], predictor, output.heatmap)
    if not found:
        raise ValueError("\n".join(failed))
    table = pd.concat(found, ignore_index=True)
    tables.write(table, output.csv, output.json)
    tables.show(table, predictor.classes, console)
    _conclude(table, len(every), doubtful, failed, console)
    return not failed


def _conclude(table: pd.DataFrame, pictures: int, doubtful: int, failed: list[str], console: Console) -> None:
    console.print(f"{len(table):,} faces in {pictures - len(failed):,} pictures")
    if doubtful:
        console.print(
            f"{doubtful:,} of them show no face, or are longer than {SEARCHED:,} pixels: faces of less than {LEAST} "
            "pixels, or of a fortieth of the length, may be missed; enlarge the picture, or cut out the part with "
            "them",
            soft_wrap=True,
        )
    if failed:
        console.print(f"{len(failed):,} files could not be read:", *failed, sep="\n", soft_wrap=True)
