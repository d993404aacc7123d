"""One run of a notebook: where its things are, and the provenance of all it saves."""

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from mien.engine import openings, paths, profiles, provenance, settings, store, written
from mien.engine.paths import Paths

STAGES = {"0": "faces", "1": "faces", "2": "landmarks", "3": "features", "4": "models"}
"""Tens digit of a notebook -> the stage whose folder it may write; notebooks after training write reports alone."""


class Run:
    """Opens and saves what a notebook needs and makes, and remembers what went in.

    Where a profile's faces are drawn, a page and every figure that is saved say so.

    Args:
        notebook: its file name without `.ipynb`.
        values: the notebook's `globals()`: what its cell of parameters declares is taken from there. A declared name
            that is not in it has the value that the notebook gives it.
        **derived: what follows from parameters and is worth recording beside them.

    Raises:
        CodeChanged: see `provenance.code`.
        ValueError: there is no such profile.
    """

    def __init__(self, notebook: str, values: Mapping[str, Any], **derived):
        defaults = profiles.defaults(profiles.NOTEBOOKS / f"{notebook}.ipynb")
        own = {name: values.get(name, default) for name, default in defaults.items()}
        self.paths = Paths(own["profile"])
        self.notebook = notebook
        self.parameters = {**own, **derived}
        self.inputs: dict[str, str] = {}
        self._resumable: list[Path] = []
        self._start, self._code = time.perf_counter(), provenance.code()
        self.synthetic = profiles.synthetic(own["profile"])
        if self.synthetic:
            print(f"The faces of the profile {own['profile']} are synthetic: drawn, and nobody's.")

    def reads(self, path: Path) -> Path:
        """Remember a file or folder that went in, by its sha256; gives the path back."""
        self.inputs[paths.named(path)] = store.digest(path)
        return path

    def target(self, stage: str, name: str, suffix: str = ".zarr") -> Path:
        """Where to write a dataset, or another file, of the notebook's own stage.

        Raises:
            ValueError: it is another stage's, or another node of the graph has written it.
        """
        self._check_stage(stage)
        return written.claim(self.paths.dataset(stage, name, suffix))

    def _check_stage(self, stage: str) -> None:
        if stage != (own := STAGES.get(self.notebook[0])):
            makers = " or ".join(f"{digit}x" for digit, made in STAGES.items() if made == stage)
            raise ValueError(
                f"{self.notebook} may write {own or 'reports alone'} and would write {stage}: only notebooks "
                f"{makers} do, so that data flow one way"
            )

    def open(self, stage: str, name: str, made_by: str) -> xr.Dataset:
        """Open a dataset of a stage; `made_by` is named when it is not there."""
        dataset = store.open_dataset(self.paths.dataset(stage, name), made_by)
        self.reads(self.paths.dataset(stage, name))
        return dataset

    def faces(self) -> xr.Dataset:
        """Open the faces of the profile, whatever its data set."""
        return self.open(*paths.FACES, made_by="10_extract_faces")

    def opens_test(self, rows: np.ndarray, *models: str, drawn: np.ndarray | bool = False) -> np.ndarray:
        """Give the test rows on which models are scored back, and count the opening of each.

        In the ledger (`paths.openings`) stand time, notebook, model, its files with their sha256, faces and commit.
        Drawn test faces, such as all of a built-in profile, can be drawn anew, and are not counted.

        Args:
            rows: (face,) bool, the faces of the test set that are asked about.
            *models: `<model>-<target>` of each. Its file is the opened one of that name; of a mean of models, or of one
                model's views, all that were opened.
            drawn: (face,) bool, the faces that are nobody's, among real ones.
        """
        faces = int(np.count_nonzero(rows & np.logical_not(drawn)))
        if faces and not self.synthetic:
            openings.append(paths.openings(self.paths.profile), [self._opening(faces, model) for model in models])
        return rows

    def _opening(self, faces: int, model: str) -> dict[str, Any]:
        name, _, target = model.rpartition("-")
        return {
            "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "notebook": self.notebook,
            "model": name,
            "target": target,
            "files": self._files(model),
            "faces": faces,
            "commit": self._code["commit"],
            "dirty": self._code["dirty"],
        }

    def _files(self, model: str) -> dict[str, str]:
        """The opened file of a model, or all opened files of models -> sha256; records beside them are no models."""
        own = self.paths.trained(model)
        opened = {Path(path): sha for path, sha in self.inputs.items()}
        models = {path.name: sha for path, sha in opened.items() if path.parent == Path(paths.named(own.parent))}
        models = {name: sha for name, sha in models.items() if not name.endswith(".json")}
        return {own.name: models[own.name]} if own.name in models else models

    def open_model(self, name: str, made_by: str):
        """Open a model of this profile: the estimator of that name, or else the network."""
        model = store.open_trained(self.paths.trained(name), made_by)
        self.reads(self.paths.trained(name))
        return model

    def open_record(self, name: str, made_by: str) -> dict:
        """Open what was recorded beside a model: its history and validation scores."""
        record = store.open_json(self.paths.model(name, ".json"), made_by)
        self.reads(self.paths.model(name, ".json"))
        return record

    def searched(self, name: str, **given: Any) -> dict[str, Any]:
        """What a search has chosen for a model, see `settings.searched`; where it holds, its file went in."""
        if found := settings.searched(name, **given):
            self.reads(paths.tuned(name))
        return found

    def checkpoints(self, name: str) -> Path:
        """Where a training keeps what it resumes from; another folder for other parameters, inputs or code.

        `save_model` removes it.
        """
        state = {**self.parameters, "inputs": self.inputs, "code": provenance.source()}
        key = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:12]
        self._resumable.append(self.paths.model(f"{name}-{key}", ".training"))
        return self._resumable[-1]

    def save(self, dataset: xr.Dataset, stage: str, name: str) -> Path:
        """Save a dataset of the notebook's stage; raises ValueError where that is another one."""
        return self._beside(store.save_dataset, dataset, self.target(stage, name))

    def save_model(self, model, name: str, half: bool = False, **record) -> Path:
        """Save a model, and beside it a record (its history, its validation scores); what it resumed from goes.

        With `half` its weights are written as float16, as those of a model that is to ship.
        """
        path = self._model(name, ".keras", record)
        store.save_model(model, path, half)
        for folder in self._resumable:
            store.remove(folder)
        return path

    def save_estimator(self, estimator, name: str, **record) -> Path:
        """Save a scikit-learn estimator, and beside it a record, as `save_model` does of a network."""
        path = self._model(name, ".skops", record)
        store.save_estimator(estimator, path)
        return path

    def _model(self, name: str, suffix: str, record: dict) -> Path:
        """Write the record of a model; gives where the model goes."""
        self._check_stage("models")
        path, beside = (written.claim(self.paths.model(name, end)) for end in (suffix, ".json"))
        store.save_json({**record, "provenance": self.provenance()}, beside)
        return path

    def save_figure(self, figure, name: str, shows_faces: bool = False) -> Path:
        """Save a figure of the report under `<notebook>-<name>`, apart from the others where it shows people."""
        if self.synthetic:
            figure.suptitle(f"{figure.get_suptitle()} (synthetic faces)", x=0.01, ha="left", wrap=True)
        path = written.claim(self.paths.figure(f"{self.notebook}-{name}", shows_faces))
        return self._beside(store.save_figure, figure, path)

    def save_json(self, content: dict, name: str) -> Path:
        """Save numbers that are no model's scores beside the figures."""
        path = written.claim(self.paths.figure(f"{self.notebook}-{name}").with_suffix(".json"))
        return self._beside(store.save_json, content, path)

    def save_table(self, table, name: str) -> Path:
        """Save a table as CSV beside the figures."""
        path = written.claim(self.paths.figure(f"{self.notebook}-{name}").with_suffix(".csv"))
        return self._beside(store.save_table, table, path)

    def save_metrics(self, metrics: dict) -> Path:
        """Save scores as `<model>-<target>.json`, the provenance inside."""
        path = written.claim(self.paths.metrics(f"{metrics['model']}-{metrics['target']}"))
        store.save_json({**metrics, "provenance": self.provenance()}, path)
        return path

    def record(self, path: Path) -> Path:
        """Write the provenance of an artefact beside it, as `<name>.provenance.json`."""
        store.save_json(self.provenance(), path.with_name(f"{path.name}.provenance.json"))
        return path

    def provenance(self) -> dict:
        """Notebook, parameters, inputs, code, machine and cost so far."""
        return {
            "notebook": self.notebook,
            "parameters": self.parameters,
            "synthetic": self.synthetic,
            "inputs": self.inputs,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            **self._code,
            "machine": provenance.machine(),
            **provenance.cost(self._start),
        }

    def _beside(self, save, content, path: Path) -> Path:
        save(content, path)
        return self.record(path)
