from mien.engine import paths, settings, store


def test_what_was_searched_holds_for_such_a_training_alone(monkeypatch, tmp_path):
    monkeypatch.setattr("mien.engine.paths.tuned", lambda name: tmp_path / f"{name}.json")
    store.save_json({"values": {"x": 0.7}, "holds_for": {"depth": 2}}, paths.tuned("toy-happy"))
    assert settings.searched("toy-happy", depth=2) == {"x": 0.7}
    assert settings.searched("toy-happy", depth=3) == {}
    assert settings.searched("toy-sad") == {}


def test_a_record_says_where_each_setting_comes_from():
    used = {"learning_rate": 0.1, "units": 64, "dropout": 0.4}
    assert settings.applied(used, {"learning_rate": 0.1}, {"learning_rate": 0.2, "units": 64}) == {
        "learning_rate": {"value": 0.1, "from": "parameter"},
        "units": {"value": 64, "from": "search"},
        "dropout": {"value": 0.4, "from": "default"},
    }
