"""FER2013 as a folder of pictures, one folder per label."""

from pathlib import Path

import numpy as np
import xarray as xr
from tqdm import tqdm

from mien.faces import pictures
from mien.faces.table import as_faces, expression_code
from mien.sources import split_lists
from mien.sources.fer2013_tables import SIZE


def read_pictures(folder: Path, files: list[Path], name: str, code_map: str, place: Path) -> xr.Dataset:
    """Read `…/<split>/<label>/<usage>_<id>.png`, where split and usage may be missing.

    The official split is the one in the file's name (`Training_`, `PublicTest_`, `PrivateTest_`); a file without it, or
    one for training in a folder that holds out, takes that of its folder. A copy that `mien augment` made stands in its
    parent's `group`.

    Args:
        folder: what the names of splits and labels are looked for under.
        files: in it, pictures and others, in any order: the faces come in natural order of their paths.
        name: what messages call the folder.
        code_map: see `labels.code_map`, for folders named by number; "" where nobody has said.
        place: the folder that is read, by its name alone, and the archive in it that they lay in, without its suffix:
            these may say the split, too, see `pictures.below`.

    Raises:
        ValueError: names the picture that cannot be read, is not 48x48, or has an unknown label; or those that say no
            split where others do, or a list that may say it.
    """
    places = pictures.in_natural_order(path.relative_to(folder) for path in files if pictures.is_one(path))
    image = np.empty((len(places), SIZE, SIZE), np.uint8)
    said = pictures.below([place / each for each in places], name)
    pictures.check_splits(said, name)
    split_lists.check(folder, files, said, name)
    emotion = []
    for i, each in enumerate(tqdm(places, "reading FER2013", unit=" faces", leave=False, delay=1)):
        where = f"{name}/{each.as_posix()}"
        try:
            emotion.append(expression_code(each.parent.name, code_map))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        image[i] = _face(folder / each, where)
    split = [*map(pictures.split_of, said)]
    faces = as_faces(image, emotion, split, [each.stem for each in places], "fer2013")
    return faces.assign_coords(group=("face", pictures.families(places)))


def _face(path: Path, where: str) -> np.ndarray:
    face = pictures.read_gray(path, where)
    if face.shape != (SIZE, SIZE):
        raise ValueError(f"{where}: {face.shape[1]}x{face.shape[0]} pixels, expected {SIZE}x{SIZE}")
    return face
