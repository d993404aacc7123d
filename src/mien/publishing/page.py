"""The page of a published run, `README.md` in its folder: what a code host shows without running anything."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from mien.engine import openings, paths, profiles, store
from mien.publishing import chapters, chart, claims, made, scores, tables

NAME = "README.md"


def write(folder: Path, profile: str) -> Path:
    """Draw the chart of a published run and write its page; gives where that is."""
    chart.write(folder, profile in profiles.BUILT_IN)
    with store.aside(folder / NAME) as temporary:
        temporary.write_text(text(folder, profile), encoding="utf-8", newline="\n")
    return folder / NAME


def text(folder: Path, profile: str) -> str:
    """The page of a published run in Markdown.

    Args:
        folder: with `figures/`, `metrics/`, `executed/` and, of a built-in profile, `faces/`.
        profile: name of a file in `conf/`.
    """
    loader = PackageLoader("mien.publishing", ".")
    environment = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    opened = openings.read(folder / openings.NAME)
    return environment.get_template("published.md.j2").render(
        profile=profile,
        synthetic=profile in profiles.BUILT_IN,
        chart=chart.NAME if (folder / chart.NAME).exists() else "",
        headline=claims.headline(folder),
        claims=claims.listed(folder),
        tables=_tables(folder),
        notebooks=_notebooks(folder),
        opened=len(opened),
        openings=tables.opened(folder),
        made=made.summary(made.records(sorted([*folder.glob("*/*.json"), *folder.glob("*/*.ipynb")]))),
    )


def _tables(folder: Path) -> dict[str, str]:
    """Title -> table, of those that have a row."""
    metrics = folder / "metrics"
    found = {title: scores.expressions(metrics, target) for target, title in scores.TITLES.items()}
    found["Happy or not: precision, recall and F1"] = tables.happy(folder)
    found["Over seeds: mean and standard deviation"] = tables.seeds(folder)
    found["What searches of hyper-parameters were worth"] = tables.gains(folder)
    if (own := metrics / "keypoint_resnet-keypoints15.json").exists():
        found["Fifteen keypoints, in pixels at 96x96"] = tables.keypoints(store.open_json(own))
    found["Keypoints of sources that are left out of training, RMSE"] = tables.travel(folder)
    return {title: table for title, table in found.items() if table.count("\n") > 2}


def _notebooks(folder: Path) -> list[dict]:
    """Every notebook that found or drew something: its question, its nodes' findings, its figures."""
    nodes = [chapters.read(path) for path in sorted(folder.glob("executed/*.ipynb"))]
    figures = sorted([*folder.glob("figures/*.png"), *folder.glob("faces/*.png")], key=lambda path: path.name)
    return [
        {
            "name": name,
            "exists": (paths.REPOSITORY / "notebooks" / f"{name}.ipynb").exists(),
            "question": next((node.question for node in nodes if _of(node.name) == name), name),
            "nodes": [node for node in nodes if _of(node.name) == name and node.finding],
            "figures": [_figure(folder, path) for path in figures if _of(path.stem) == name],
        }
        for name in sorted({*(_of(node.name) for node in nodes), *(_of(path.stem) for path in figures)})
    ]


def _of(name: str) -> str:
    """The notebook of a node, or of a figure."""
    return name.partition("-")[0]


def _figure(folder: Path, path: Path) -> dict:
    what = path.stem.partition("-")[2]
    return {"href": path.relative_to(folder).as_posix(), "name": what.replace("-", ", ").replace("_", " ")}
