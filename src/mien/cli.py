"""The command `mien`. Each command imports what it needs when it runs, so that `--help` is quick."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Facial expression recognition, step by step.")

Profile = Annotated[str, typer.Option(help="Name of a file in conf/.")]


@app.command()
def data() -> None:
    """Fetch the raw data that may be fetched; say of the rest where to get it."""
    from rich.console import Console

    from mien import download

    if not download.run(Console()):
        raise typer.Exit(1)


@app.command()
def extract(profile: Profile = "sample") -> None:
    """Write the faces of a profile as PNG files, one folder per label."""
    from mien import faces, store
    from mien.paths import Paths

    try:
        paths = Paths(profile)
        dataset = store.open_dataset(paths.dataset("faces", "fer2013"), "notebook 10_extract_fer2013")
    except (ValueError, FileNotFoundError) as error:
        raise typer.BadParameter(str(error)) from None
    faces.write_pictures(dataset, paths.pictures())
    typer.echo(f"{dataset.sizes['face']:,} faces in {paths.pictures()}")


if __name__ == "__main__":
    app()
