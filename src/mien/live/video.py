"""A video in; a table, an annotated video and a time line out: what `mien video` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console
from tqdm import tqdm

from mien.engine import store
from mien.inference import outputs, overlay
from mien.live.stream import Video
from mien.live.watcher import Watcher
from mien.live.writer import Writer
from mien.plots import timeline


@dataclass(frozen=True)
class Output:
    """What is written.

    Attributes:
        csv: file for the table, a row a face and frame.
        save: mp4 file for the annotated video, which has no sound.
        figure: PNG file for the time line of the expressions.
    """

    csv: Path | None = None
    save: Path | None = None
    figure: Path | None = None


def watch(path: Path, watcher: Watcher, output: Output = Output()) -> pd.DataFrame:
    """Look at a video from its beginning to its end.

    Args:
        path: of the video.
        watcher: looks at its frames.
        output: what to write.

    Returns:
        One row a face and frame, as `Watcher.look` gives them, with `frame`, from 0.

    Raises:
        FileNotFoundError, ValueError: there is no video to be read.
        OSError: a file cannot be written.
    """
    video = Video.open(path)
    if output.save:
        with Writer(output.save, video.rate, video.size) as writer:
            table = _looked(video, watcher, writer)
    else:
        table = _looked(video, watcher, None)
    if output.csv:
        with store.aside(output.csv) as temporary:
            table.to_csv(temporary, index=False, float_format="%.6g")
    if output.figure:
        figure = timeline.expressions(table, watcher.predictor.classes)
        store.save_figure(figure, output.figure, outputs.SOFTWARE)
    return table


def _looked(video: Video, watcher: Watcher, writer: Writer | None) -> pd.DataFrame:
    tables = []
    for n, frame in enumerate(tqdm(video, video.path.name, video.frames or None, unit=" frames", leave=False, delay=1)):
        faces = watcher.look(frame)
        tables.append(faces.assign(frame=n))
        if writer:
            shown = overlay.annotated(frame.image, faces, watcher.predictor.classes)
            writer.write(shown, frame.seconds, frame.lasts)
    return pd.concat(tables, ignore_index=True)


def conclude(table: pd.DataFrame, console: Console) -> None:
    """Print a line for each face: when it is there, and what it shows most of the time."""
    for face, rows in table.groupby("id"):
        looks = timeline.mostly(rows["expression"])
        console.print(f"face {face}: {rows['seconds'].min():.1f} s to {rows['seconds'].max():.1f} s, looks {looks}")
    if table.empty:
        console.print("no face is found")


def mood(table: pd.DataFrame, classes: Sequence[str]) -> str:
    """The class that is most probable, on average, of the face that is there longest.

    Raises:
        ValueError: there is no face with an answer.
    """
    known = table.dropna(subset="expression")
    if known.empty:
        raise ValueError("no face is found in the video, so nobody knows how it is said: name an --emotion")
    longest = known["id"].value_counts().idxmax()
    return str(known.loc[known["id"] == longest, [*classes]].astype(float).mean().idxmax())
