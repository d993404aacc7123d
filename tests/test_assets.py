import hashlib
import http.server
import threading

import pytest
import yaml

from mien import assets, paths

NAME = "model.bin"
CONTENT = b"a model"


@pytest.fixture
def published(tmp_path, monkeypatch, home):
    """A file on a server of this machine, and the table that describes it; nothing stands in the way of fetching."""
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    handler = lambda *args: http.server.SimpleHTTPRequestHandler(*args, directory=folder)  # noqa: E731
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "conf").mkdir()
    url = f"http://127.0.0.1:{server.server_port}/{NAME}"
    entry = {"what": "a test's model", "url": url, "sha256": hashlib.sha256(CONTENT).hexdigest(), "licence": "none"}
    (tmp_path / "conf" / "assets.yaml").write_text(yaml.safe_dump({NAME: entry}))
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    monkeypatch.delenv("MIEN_ASSETS", raising=False)
    yield folder / NAME
    server.shutdown()
    server.server_close()


def test_a_file_is_fetched_once(published):
    assert not assets.at_hand(NAME)
    first = assets.find(NAME)
    assert assets.at_hand(NAME)
    assert first.read_bytes() == CONTENT
    published.unlink()
    assert assets.find(NAME) == first


def test_a_file_with_another_hash_is_refused_and_not_kept(published):
    published.write_bytes(b"something else")
    with pytest.raises(ValueError, match="hash"):
        assets.find(NAME)
    assert not list(paths.assets().glob("*"))


def test_without_a_network_one_line_says_what_to_do(published, monkeypatch):
    table = paths.REPOSITORY / "conf" / "assets.yaml"
    table.write_text(table.read_text().replace("127.0.0.1", "nowhere.invalid"))
    with pytest.raises(assets.AssetUnavailable) as error:
        assets.find(NAME)
    line = str(error.value)
    assert "\n" not in line
    assert all(part in line for part in ("nowhere.invalid", hashlib.sha256(CONTENT).hexdigest(), str(paths.assets())))


def test_a_folder_that_has_the_file_needs_no_network(published, monkeypatch, tmp_path):
    published.rename(tmp_path / NAME)
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    assert assets.find(NAME) == tmp_path / NAME


def test_a_wrong_file_in_that_folder_is_refused(published, monkeypatch, tmp_path):
    (tmp_path / NAME).write_bytes(b"something else")
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    with pytest.raises(ValueError, match="is not a test's model: its sha256 is"):
        assets.find(NAME)


def test_a_folder_without_the_file_says_where_to_get_it(published, monkeypatch, tmp_path):
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    with pytest.raises(assets.AssetUnavailable, match="model.bin is not there: put there what http"):
        assets.find(NAME)
