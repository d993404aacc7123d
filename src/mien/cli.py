"""The command `mien`. Each command imports what it needs when it runs, so that `--help` is quick."""

import os
from pathlib import Path
from typing import Annotated

import typer

from mien.engine import exits

if "MPLBACKEND" in os.environ:  # no command shows a figure: one that needs a display, or is not there, is no matter
    os.environ["MPLBACKEND"] = "agg"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Facial expression recognition, step by step.",
    epilog=exits.CODES,
)

Profile = Annotated[str, typer.Option(help="Name of a file in conf/.")]
Model = Annotated[str, typer.Option(help="A model that ships: see `mien models`.")]
Engine = Annotated[
    str,
    typer.Option(
        help="Who recognises speech: sphinx is offline; others say first what they send. A service's key is read from "
        "the environment (GROQ_API_KEY, OPENAI_API_KEY)."
    ),
]
FinderName = Annotated[
    str,
    typer.Option(help="Who finds faces: blaze (BlazeFace), mesh (MediaPipe's, which follows them) or hog (dlib's)."),
]


@app.command()
def data() -> None:
    """Fetch the raw data that may be fetched; say of the rest where to get it."""
    from rich.console import Console

    from mien.sources import download

    with exits.in_a_line():
        usable = download.run(Console())
    if not usable:
        exits.failed()


@app.command()
def extract(profile: Profile = "sample") -> None:
    """Write the faces of a profile as PNG files, one folder per label."""
    from mien.engine import store
    from mien.engine.paths import Paths
    from mien.faces.export import write_pictures

    with exits.in_a_line():
        paths = Paths(profile)
        dataset = store.open_dataset(paths.faces(), "notebook 10_extract_faces")
        write_pictures(dataset, paths.pictures())
    typer.echo(f"{dataset.sizes['face']:,} faces in {paths.pictures()}")


@app.command()
def publish(
    name: Annotated[str, typer.Argument(help="<model>-<target>, e.g. small-emotion7.")],
    profile: Profile = "fer2013",
    light: Annotated[bool, typer.Option("--light", help="Publish a network in LiteRT's format too.")] = False,
) -> None:
    """Copy a trained model, its scores and a card to models/pretrained/, to be committed."""
    from mien.publishing import models

    with exits.in_a_line():
        folder = models.publish(name, profile, light)
    typer.echo(f"{name} is in {folder}, to be committed")


@app.command()
def models(
    export: Annotated[
        Path | None,
        typer.Option(
            parser=exits.path, metavar="FOLDER", help="Write them into a folder of their own, in ONNX and for LiteRT."
        ),
    ] = None,
) -> None:
    """List the trained models that ship, with their scores on test faces.

    Of expressions the accuracy on all faces and on those whose copies they have not
    seen, of keypoints the root of the mean squared error in pixels at 96x96.

    --export hands them out to other runtimes, each with its card, and a README that
    says what they take and give. It replaces a folder only if it has made all that
    is there. What writes ONNX is an extra: where it is missing, that is said.
    """
    if export:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow would write across the bar, as it imports too
        from mien.publishing import exports

        with exits.in_a_line():
            folder = exports.hand_out(export)
        typer.echo(f"the networks are in {folder}: README.md says what they take and give")
        return
    from rich.console import Console
    from rich.table import Table

    from mien.models import pretrained

    table = Table("name", "says", "size", "score, all", "score, clean")
    with exits.in_a_line():
        for name in pretrained.names():
            about, test = pretrained.describe(name), pretrained.scores(name)["test"]
            if "points" in about:
                says, scores = f"{len(about['points'])} points", [f"{test['all']['rmse_px']:.2f} px"]
            else:
                says = f"{len(about['classes'])} classes"
                scores = [f"{test[view]['accuracy']:.3f}" for view in ("all", "clean")]
            table.add_row(name, says, f"{about['bytes'] / 1e6:.1f} MB", *scores)
    Console().print(table)


@app.command()
def augment(
    folder: Annotated[
        Path,
        typer.Argument(parser=exits.folder, metavar="FOLDER", help="Of <label>/* or <split>/<label>/*."),
    ],
    to: Annotated[int, typer.Option(min=1, help="Training pictures that every class is to have at least.")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same copies.")] = 0,
) -> None:
    """Enlarge the small classes of a folder of pictures, by distorted copies.

    A copy is mirrored, or bent elastically, by a grid or as if by a lens, too
    little to change the expression. It lies beside its parent and is named
    after it: 7.jpg has the copies 7~flip.png, 7~elastic.png, 7~elastic2.png...

    Validation and test pictures are left alone. Run again, it adds only what is
    missing. FOLDER itself is written to: let it be a copy of raw data, which
    are never edited.
    """
    from mien.engine import screen
    from mien.faces import oversample

    with exits.in_a_line():
        whole = oversample.run(folder, to, seed, screen.console())
    if not whole:
        exits.failed()


@app.command()
def predict(
    paths: Annotated[
        list[Path], typer.Argument(parser=exits.path, metavar="PATH...", help="Pictures, or folders of pictures.")
    ],
    model: Model = "small-emotion7",
    csv: Annotated[Path | None, typer.Option(parser=exits.path, help="File to write the table to.")] = None,
    json: Annotated[
        Path | None, typer.Option(parser=exits.path, help="File to write the table to, as a list of objects.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(parser=exits.path, help="Folder for the pictures with what was found on them.")
    ] = None,
    heatmap: Annotated[bool, typer.Option("--heatmap", help="Show on saved pictures where the model looks.")] = False,
    face_is_crop: Annotated[
        bool, typer.Option("--face-is-crop", help="Every picture is one face already, cut as FER2013's are.")
    ] = False,
    finder: FinderName = "blaze",
) -> None:
    """Say which expression the faces on pictures show.

    Every face of a picture is looked for, the largest comes first. A face has its
    box, its expression with the probability of each, its keypoints, in pixels, and
    how far its eyes are open. Without MediaPipe's models, which the environment has,
    dlib's detector looks for faces, and nothing is said of eyes.

    What cannot be read is left out, and named at the end; the exit code is then 1,
    or 2 where nothing can be read.
    What --save has made is left out when its folder is looked at again, and is all
    that --save replaces.
    """
    from mien.engine import screen
    from mien.inference import batch

    if heatmap and not save:
        raise typer.BadParameter("--heatmap shows on saved pictures where the model looks: name a folder with --save")
    with exits.in_a_line():
        whole = batch.predict(
            paths, model, batch.Output(csv, json, save, heatmap), face_is_crop, screen.console(), finder
        )
    if not whole:
        exits.failed()


@app.command()
def video(
    file: Annotated[Path, typer.Argument(parser=exits.path, metavar="FILE", help="A video: mp4, avi, mov, webm...")],
    model: Model = "small-emotion7",
    csv: Annotated[
        Path | None, typer.Option(parser=exits.path, help="File for a table, a row a face and frame.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(parser=exits.path, help="mp4 file for the video with what was found (no sound).")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(parser=exits.path, help="PNG file for a time line of the expressions.")
    ] = None,
    finder: FinderName = "blaze",
) -> None:
    """Follow the faces of a video, and say which expressions they show.

    Times are those that the file says of its frames, however unevenly they come. A
    face keeps its number while it is in sight and for a second after. Scores are
    smoothed: what was said 0.4 seconds ago weighs 1/e of what is said now.

    A face that dlib's detector has found (--finder hog) has no eye_state: the mesh
    that it takes would double the time of a frame.

    --save and --figure replace a file only if a command of Mien has made it.
    """
    from rich.console import Console

    from mien.inference import outputs
    from mien.live import opening
    from mien.live import video as videos

    with exits.in_a_line():
        outputs.check([file], {"--csv": csv, "--save": save, "--figure": figure})
        outputs.check_video("--save", save)
        outputs.check_figure("--figure", figure)
        table = videos.watch(file, opening.watcher(model, finder), videos.Output(csv, save, figure))
        videos.conclude(table, Console())


@app.command()
def live(
    camera: Annotated[int, typer.Option(min=0, help="Which one, from 0.")] = 0,
    model: Model = "small-emotion7",
    record: Annotated[
        Path | None, typer.Option(parser=exits.path, help="mp4 file for what the window shows (no sound).")
    ] = None,
    engine: Engine = "sphinx",
    finder: FinderName = "blaze",
) -> None:
    """Say what the camera sees, in a window, until q is pressed.

    k shows or hides keypoints, m the mesh (if MediaPipe finds the faces). After
    space, speak; after space again, what was said becomes a sentence in the mood
    that the face had.
    """
    from mien.inference import outputs
    from mien.live import opening, session, stream
    from mien.live.window import Window

    with exits.in_a_line():
        outputs.check_video("--record", record)
        with Window("mien") as window:
            session.show(stream.camera(camera), opening.watcher(model, finder), window, engine, record)


@app.command()
def say(
    audio: Annotated[
        Path,
        typer.Argument(parser=exits.path, metavar="AUDIO", help="Speech: any recording or video that FFmpeg knows."),
    ],
    video: Annotated[Path | None, typer.Option(parser=exits.path, help="A video of the face meanwhile.")] = None,
    emotion: Annotated[str | None, typer.Option(help="The expression, where there is no video: happy, sad...")] = None,
    model: Model = "small-emotion7",
    engine: Engine = "sphinx",
    finder: FinderName = "blaze",
) -> None:
    """Make a sentence of what is said and how it is said.

    The words come from AUDIO, the mood from the expression of the face that VIDEO
    shows longest, or from --emotion: "We won the match!" - said happily.
    """
    from mien.live import opening, speech
    from mien.live import video as videos
    from mien.live.sentence import check, sentence

    if (video is None) == (emotion is None):
        raise typer.BadParameter("name either a video or an emotion")
    with exits.in_a_line():
        if emotion is not None:
            check(emotion)
        words = speech.words(audio, engine)
        if video:
            watcher = opening.watcher(model, finder)
            emotion = videos.mood(videos.watch(video, watcher), watcher.predictor.classes)
        typer.echo(sentence(words, emotion))
