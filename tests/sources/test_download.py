import io
import zipfile
from types import SimpleNamespace

import kagglehub
import pytest
import requests
from rich.console import Console

from mien.sources import download
from mien.vocabulary import labels

PUBLISHED = download.COUNTS
TINY = {"Training": (2, 1, 1, 2, 1, 1, 1), "PublicTest": (1,) * 7, "PrivateTest": (0, 1, 1, 1, 1, 1, 1)}


@pytest.fixture(autouse=True)
def raw(tmp_path, monkeypatch):
    """An empty folder of raw data, small published counts, and a Kaggle that has nothing."""
    monkeypatch.setenv("MIEN_RAW", str(tmp_path / "raw"))
    monkeypatch.setattr(download, "COUNTS", TINY)
    monkeypatch.setattr(download, "KEYPOINTS", {"training.csv": 2, "test.csv": 1})
    monkeypatch.setattr(kagglehub, "dataset_download", no_network)
    monkeypatch.setattr(kagglehub, "competition_download", no_network)
    monkeypatch.setattr(kagglehub.config, "get_kaggle_credentials", lambda: None)
    return tmp_path / "raw"


def no_network(slug):
    raise requests.ConnectionError("Max retries exceeded")


def write_pictures(folder, spoilt=False):
    test = [a + b for a, b in zip(TINY["PublicTest"], TINY["PrivateTest"], strict=True)]
    for split, numbers in (("train", TINY["Training"]), ("test", test)):
        for emotion, number in zip(labels.EMOTIONS, numbers, strict=True):
            (folder / split / emotion).mkdir(parents=True)
            for i in range(number):
                (folder / split / emotion / f"{i}.jpg").touch()
    if spoilt:
        (folder / "train" / "happy" / "0.jpg").unlink()
    return folder


def write_table(file):
    rows = [f"{code},{usage},0 0" for usage, ns in TINY.items() for code, n in enumerate(ns) for _ in range(n)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["emotion, Usage, pixels", *rows]) + "\n")


def source(name):
    return next(s for s in download.SOURCES if s.name == name)


def run():
    text = io.StringIO()
    usable = download.run(Console(file=text, width=80))
    return usable, text.getvalue()


def test_the_published_table_adds_up():
    totals = {split: sum(numbers) for split, numbers in PUBLISHED.items()}
    assert totals == {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}


def test_pictures_are_fetched_counted_and_copied(raw, tmp_path, monkeypatch):
    cache = write_pictures(tmp_path / "cache")
    monkeypatch.setattr(kagglehub, "dataset_download", lambda slug: str(cache))
    assert download.obtain(source("FER2013, pictures"))[0]
    assert download.count_pictures(raw / "fer2013") == download.count_pictures(cache)
    assert {path.name for path in (raw / "fer2013").iterdir()} == {"train", "test"}


def test_what_is_there_is_not_fetched_again(raw, monkeypatch):
    write_pictures(raw / "fer2013")
    monkeypatch.setattr(kagglehub, "dataset_download", lambda slug: pytest.fail("fetched"))
    assert download.obtain(source("FER2013, pictures")) == (True, f"is in {raw / 'fer2013'}")


def test_a_table_stands_for_the_pictures(raw, monkeypatch):
    write_table(raw / "fer2013" / "fer2013.csv")
    monkeypatch.setattr(kagglehub, "dataset_download", lambda slug: pytest.fail("fetched"))
    assert download.obtain(source("FER2013, pictures"))[0]


def test_wrong_counts_are_named_and_nothing_is_copied(raw, tmp_path, monkeypatch):
    cache = write_pictures(tmp_path / "cache", spoilt=True)
    monkeypatch.setattr(kagglehub, "dataset_download", lambda slug: str(cache))
    usable, line = download.obtain(source("FER2013, pictures"))
    assert not usable
    assert "train/happy has 1 faces instead of 2" in line
    assert not raw.exists()


def test_spoilt_raw_data_are_named_and_left_alone(raw):
    write_pictures(raw / "fer2013", spoilt=True)
    usable, line = download.obtain(source("FER2013, pictures"))
    assert not usable
    assert "train/happy has 1 faces instead of 2" in line
    assert (raw / "fer2013" / "train" / "happy").is_dir()


def test_a_table_is_counted_with_and_without_blanks_in_its_header(tmp_path):
    write_table(tmp_path / "fer2013.csv")
    assert download.count_table(tmp_path / "fer2013.csv") == TINY
    blank = (tmp_path / "fer2013.csv").read_text()
    (tmp_path / "fer2013.csv").write_text(blank.replace(", ", ",", 2))
    assert download.count_table(tmp_path / "fer2013.csv") == TINY


def test_with_credentials_the_zips_within_the_keypoints_are_unpacked(raw, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    for name, rows in (("training", 2), ("test", 1)):
        with zipfile.ZipFile(cache / f"{name}.zip", "w") as archive:
            archive.writestr(f"{name}.csv", "Image\n" + "0 0\n" * rows)
    (cache / "IdLookupTable.csv").write_text("RowId\n")
    (cache / "SampleSubmission.csv").write_text("RowId\n")
    monkeypatch.setattr(kagglehub.config, "get_kaggle_credentials", SimpleNamespace)
    monkeypatch.setattr(kagglehub, "competition_download", lambda slug: str(cache))
    assert download.obtain(source("Facial keypoints"))[0]
    assert {p.name for p in (raw / "keypoints").iterdir()} == {"training.csv", "test.csv", "IdLookupTable.csv"}


def test_a_zip_within_the_keypoints_that_unpacks_to_more_than_may_be_is_refused(raw, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    with zipfile.ZipFile(cache / "training.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("training.csv", "0" * 100_000)
    monkeypatch.setattr(download.archives, "LIMIT", 50_000)
    monkeypatch.setattr(kagglehub.config, "get_kaggle_credentials", SimpleNamespace)
    monkeypatch.setattr(kagglehub, "competition_download", lambda slug: str(cache))
    usable, line = download.obtain(source("Facial keypoints"))
    assert not usable
    assert "training.zip has more than 50,000 bytes, unpacked; nothing was unpacked" in line
    assert [path.name for path in cache.iterdir()] == ["training.zip"]


def test_without_network_every_source_has_one_line_that_says_where_to_get_it(raw):
    usable, text = run()
    lines = [line for line in text.splitlines() if line.startswith("✗")]
    assert not usable
    assert len(lines) == len(download.SOURCES)
    assert all(source.page in line for source, line in zip(download.SOURCES, lines, strict=True))
    said = dict(zip([source.name for source in download.SOURCES], lines, strict=True))
    assert "no network" in said["FER2013, pictures"]
    assert "no Kaggle credentials" in said["FER2013, table"]


def test_one_usable_source_is_enough(raw):
    write_table(raw / "fer2013" / "icml_face_data.csv")
    usable, text = run()
    assert usable
    assert text.count("✓") == 2  # the table stands for the pictures


def test_whom_it_asks_and_the_terms_are_shown_before_anything_is_fetched(tmp_path, monkeypatch):
    shown = io.StringIO()

    def fetch(slug):
        assert "Asks www.kaggle.com" in shown.getvalue()
        assert "Database Contents License" in shown.getvalue()
        return str(write_pictures(tmp_path / "cache"))

    monkeypatch.setattr(kagglehub, "dataset_download", fetch)
    assert download.run(Console(file=shown))


def test_a_refusal_of_kaggle_becomes_one_line(monkeypatch):
    def refuse(slug):
        raise kagglehub.exceptions.KaggleApiHTTPError("403 Client Error.\n\nPlease accept the rules")

    monkeypatch.setattr(kagglehub.config, "get_kaggle_credentials", SimpleNamespace)
    monkeypatch.setattr(kagglehub, "competition_download", refuse)
    usable, line = download.obtain(source("FER2013, table"))
    assert not usable
    assert line.startswith("403 Client Error. Please accept the rules")
    assert "\n" not in line


def test_ckplus_by_hand(raw):
    assert "agreement" in source("CK+").licence
    (raw / "ckplus" / "Emotion").mkdir(parents=True)
    assert "cohn-kanade-images/ is missing" in download.obtain(source("CK+"))[1]
    (raw / "ckplus" / "cohn-kanade-images").mkdir()
    assert download.obtain(source("CK+"))[0]
