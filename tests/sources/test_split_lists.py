"""Lists beside pictures: those that may hold out are refused by name, others are nobody's business."""

from pathlib import Path

import pytest

from mien.sources import split_lists

PLACES = [Path("happy/1.png"), Path("sad/3.png")]

REFUSED = {
    "splits.csv": "file,part\n",
    "test.txt": "happy/3\n",
    "Testing_list.lst": "3\n",
    "val.json": "[3]",
    "partition.mat": "",
    "list_patition_label.txt": "0001.jpg 1\n",
    "5-fold.txt": "3 1\n",
    "info.csv": "file,split\nhappy/3.png,1\n",
    "info_.csv": "file;is_test\nhappy/3.png;1\n",
    "truth.csv": "happy/3,test\nsad/1,train\n",
    "truth.tsv": "happy/3\tPrivateTest\n",
    "list.txt": "happy/3.png test\n",
    "all.txt": "test_0001.jpg 1\ntrain_0002.jpg 2\n",
    "files.txt": "test/happy/3.png\n",
    "utf16.csv": "file,split\n",
    "testlist01.txt": "happy/3\n",
    "TrainTestSplit.csv": "happy/3\n",
    "kfold.csv": "happy/3,1\n",
    "splits.jsonl": "",
    "metadata.jsonl": '{"file_name": "happy/3.png", "split": "test"}\n',
    "dataset.json": '{"test": ["happy/3"]}',
    "splits/1.txt": "happy/3\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_list_that_is_called_as_a_split_or_names_one_is_refused(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(REFUSED[name], encoding="utf-16" if name == "utf16.csv" else "utf-8")
    with pytest.raises(ValueError, match=rf"set: {name} may say which .* sort them into <split>/<label>/, or move"):
        split_lists.check(tmp_path, [path], PLACES, "set")
    with pytest.raises(ValueError, match="may say which"):  # of pictures that are all for training, too
        split_lists.check(tmp_path, [path], [Path("train/happy/1.png")], "set")
    split_lists.check(tmp_path, [path], [Path("train/happy/1.png"), Path("sad/test_3.png")], "set")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.txt", "The test set, training and validation: see the paper.\n\n1. Test the files, train\ntest\n"),
        ("LICENSE.txt", "for training, and test\n"),
        ("LICENSE", "test"),
        ("labels.csv", "file,label\nhappy/3.png,happy\n"),
        ("labels.txt", "happy\nsad\n"),
        ("list.txt", "happy/1.png 3\nsad/3.png 4\n"),
        ("latest.csv", "file,state\n1.png,5\n"),
        ("empty.csv", ""),
        ("page.csv", "<html>test"),
        ("test.py", "print()"),
    ],
)
def test_what_names_no_split_of_pictures_is_passed_over(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    split_lists.check(tmp_path, [tmp_path / name], PLACES, "set")
