"""Faces as picture files, for people who want files."""

from itertools import chain, count
from pathlib import Path

import xarray as xr
from PIL import Image
from tqdm import tqdm

from mien.engine import store
from mien.vocabulary import labels


def write_pictures(faces: xr.Dataset, folder: Path) -> None:
    """Write every face as `<label>/<split>_<id>.png`, for people who want files; `folder` is replaced as a whole.

    Where a name is taken, as `1.png` is where several folders have one, a number follows: `train_1-2.png`.
    """
    columns = (faces[name].values for name in ("image", "emotion", "split", "id"))
    rows = tqdm(zip(*columns, strict=True), "writing pictures", faces.sizes["face"], leave=False, delay=1)
    with store.aside(folder) as temporary:
        for label in (*labels.EMOTIONS, "unknown"):
            (temporary / label).mkdir(parents=True)
        for image, emotion, split, name in rows:
            label = "unknown" if emotion == labels.UNKNOWN else labels.EMOTIONS[emotion]
            path = temporary / label / f"{split}_{name}.png"
            others = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
            Image.fromarray(image).save(next(each for each in chain([path], others) if not each.exists()))
