"""One run of a notebook: where its things are, and the provenance of all it saves."""

import hashlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import xarray as xr

from mien.engine import profiles, provenance, store
from mien.engine.paths import FACES, Paths


class Run:
    """Opens and saves what a notebook needs and makes, and remembers what went in.

    Where a profile's faces are drawn, a page and every figure that is saved say so.

    Args:
        notebook: its file name without `.ipynb`.
        profile: name of a file in `conf/`.
        seed: what its random numbers start from.
        **parameters: the notebook's other parameters.

    Raises:
        ValueError: there is no such profile.
    """

    def __init__(self, notebook: str, profile: str, seed: int = 0, **parameters):
        self.paths = Paths(profile)
        self.notebook = notebook
        self.parameters = {"profile": profile, "seed": seed, **parameters}
        self.inputs: dict[str, str] = {}
        self._resumable: list[Path] = []
        self._start = time.perf_counter()
        self.synthetic = profiles.synthetic(profile)
        if self.synthetic:
            print(f"The faces of the profile {profile} are synthetic: drawn, and nobody's.")

    def reads(self, path: Path) -> Path:
        """Remember a file or folder that went in, by its sha256; gives the path back."""
        self.inputs[path.name] = store.digest(path)
        return path

    def open(self, stage: str, name: str, made_by: str) -> xr.Dataset:
        """Open a dataset of a stage; `made_by` is named when it is not there."""
        dataset = store.open_dataset(self.paths.dataset(stage, name), made_by)
        self.reads(self.paths.dataset(stage, name))
        return dataset

    def faces(self) -> xr.Dataset:
        """Open the faces of the profile, whatever its data set."""
        return self.open(*FACES, made_by="10_extract_faces")

    def open_model(self, name: str, made_by: str):
        """Open a model of this profile: the estimator of that name, or else the network."""
        model = store.open_trained(self.paths.trained(name), made_by)
        self.reads(self.paths.trained(name))
        return model

    def open_record(self, name: str, made_by: str) -> dict:
        """Open what was recorded beside a model: its history and validation scores."""
        return store.open_json(self.paths.model(name, ".json"), made_by)

    def checkpoints(self, name: str) -> Path:
        """Where a training keeps what it resumes from; another folder for other parameters, inputs or code.

        `save_model` removes it.
        """
        state = {**self.parameters, "inputs": self.inputs, "code": provenance.source()}
        key = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:12]
        self._resumable.append(self.paths.model(f"{name}-{key}", ".training"))
        return self._resumable[-1]

    def save(self, dataset: xr.Dataset, stage: str, name: str) -> Path:
        """Save a dataset of a stage."""
        return self._beside(store.save_dataset, dataset, self.paths.dataset(stage, name))

    def save_model(self, model, name: str, half: bool = False, **record) -> Path:
        """Save a model, and beside it a record (its history, its validation scores); what it resumed from goes.

        With `half` its weights are written as float16, as those of a model that is to ship.
        """
        store.save_json({**record, "provenance": self.provenance()}, self.paths.model(name, ".json"))
        path = self.paths.model(name)
        store.save_model(model, path, half)
        for folder in self._resumable:
            store.remove(folder)
        return path

    def save_estimator(self, estimator, name: str, **record) -> Path:
        """Save a scikit-learn estimator, and beside it a record, as `save_model` does of a network."""
        store.save_json({**record, "provenance": self.provenance()}, self.paths.model(name, ".json"))
        path = self.paths.model(name, ".skops")
        store.save_estimator(estimator, path)
        return path

    def save_figure(self, figure, name: str, shows_faces: bool = False) -> Path:
        """Save a figure of the report under `<notebook>-<name>`, apart from the others where it shows people."""
        if self.synthetic:
            figure.suptitle(f"{figure.get_suptitle()} (synthetic faces)", x=0.01, ha="left", wrap=True)
        return self._beside(store.save_figure, figure, self.paths.figure(f"{self.notebook}-{name}", shows_faces))

    def save_json(self, content: dict, name: str) -> Path:
        """Save numbers that are no model's scores beside the figures."""
        return self._beside(store.save_json, content, self.paths.figure(f"{self.notebook}-{name}").with_suffix(".json"))

    def save_metrics(self, metrics: dict) -> Path:
        """Save scores as `<model>-<target>.json`, the provenance inside."""
        path = self.paths.metrics(f"{metrics['model']}-{metrics['target']}")
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
            **provenance.code(),
            "machine": provenance.machine(),
            **provenance.cost(self._start),
        }

    def _beside(self, save, content, path: Path) -> Path:
        save(content, path)
        return self.record(path)
