"""Faces as picture files, for people who want files."""

from pathlib import Path

import xarray as xr
from PIL import Image
from tqdm import tqdm

from mien.engine import store
from mien.vocabulary import labels


def write_pictures(faces: xr.Dataset, folder: Path) -> None:
    """Write every face as `<label>/<split>_<id>.png`, for people who want files; `folder` is replaced as a whole.

    Raises:
        ValueError: two faces would have the same file name.
    """
    columns = (faces[name].values for name in ("image", "emotion", "split", "id"))
    rows = tqdm(zip(*columns, strict=True), "writing pictures", faces.sizes["face"], leave=False, delay=1)
    with store.aside(folder) as temporary:
        for label in (*labels.EMOTIONS, "unknown"):
            (temporary / label).mkdir(parents=True)
        for image, emotion, split, name in rows:
            label = "unknown" if emotion == labels.UNKNOWN else labels.EMOTIONS[emotion]
            path = temporary / label / f"{split}_{name}.png"
            if path.exists():
                raise ValueError(f"two faces would be {label}/{path.name}: expected ids that tell them apart")
            Image.fromarray(image).save(path)
