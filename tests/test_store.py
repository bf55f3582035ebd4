import importlib
import json
import sys
import threading

import pytest

from stance import store
from stance.errors import ChoiceError, ModelError, UsageError
from stance.labels import NAMES

MANIFEST = {"labels": list(NAMES)}


class Loud:
    """Raises when it is unpickled, so that a test sees whether that happened."""

    def __reduce__(self):
        return (explode, ())


def explode():
    raise AssertionError("unpickled")


def test_versions_count_up_and_none_is_overwritten(tmp_path):
    paths = [store.save({"n": n}, MANIFEST, name="m", root=tmp_path) for n in (1, 2)]
    assert [path.name for path in paths] == ["1", "2"]
    assert store.load(paths[0])[0] == {"n": 1}
    (tmp_path / "m" / "7").mkdir()
    assert store.save({}, MANIFEST, name="m", root=tmp_path).name == "8"


def test_saving_at_the_same_time_gives_each_its_own_version(tmp_path):
    threads = [
        threading.Thread(target=store.save, args=({"n": n}, MANIFEST), kwargs={"name": "m", "root": tmp_path})
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.versions(tmp_path / "m") == list(range(1, 9))
    assert sorted(store.load(tmp_path / "m" / str(v))[0]["n"] for v in range(1, 9)) == list(range(8))


def test_a_failed_save_leaves_nothing_behind(tmp_path):
    def fail(folder, version):
        raise RuntimeError("no card today")

    with pytest.raises(RuntimeError, match="no card today"):
        store.save({}, MANIFEST, name="m", root=tmp_path, write_extras=fail)
    assert list((tmp_path / "m").iterdir()) == []


def test_the_manifest_says_what_the_model_is(tmp_path):
    path = store.save({}, {**MANIFEST, "target": "Moscow"}, name="m", root=tmp_path)
    manifest = json.loads((path / "manifest.json").read_text())
    assert (manifest["format"], manifest["name"], manifest["version"]) == (2, "m", 1)
    assert manifest["files"] == {"model.joblib": store.sha256(path / "model.joblib")}
    assert set(manifest["packages"]) >= {"stance", "scikit-learn", "numpy"}


@pytest.mark.parametrize(
    ("reference", "version"), [("m", "11"), ("m@latest", "11"), ("m@2", "2"), ("m@02", "2"), ("m@11", "11")]
)
def test_a_reference_finds_its_version(tmp_path, reference, version):
    for number in (1, 2, 11):
        (tmp_path / "m" / str(number)).mkdir(parents=True)
    assert store.find(reference, tmp_path).name == version


def test_a_path_and_the_environment_find_a_model_too(tmp_path, monkeypatch):
    path = store.save({}, MANIFEST, name="m", root=tmp_path)
    assert store.find(path) == store.find(str(path)) == path
    monkeypatch.setenv("STANCE_MODELS", str(tmp_path))
    assert store.find("m") == path


def test_a_folder_of_the_working_directory_is_no_name(tmp_path, monkeypatch):
    store.save({"n": 1}, MANIFEST, name="m", root=tmp_path / "models")
    other = store.save({"n": 2}, MANIFEST, name="x", root=tmp_path)
    other.rename(tmp_path / "m")
    monkeypatch.chdir(tmp_path)
    assert store.load(store.find("m", tmp_path / "models"))[0] == {"n": 1}
    assert store.load(store.find("./m", tmp_path / "models"))[0] == {"n": 2}
    assert store.load(store.find(tmp_path / "m"))[0] == {"n": 2}


def test_a_model_whose_class_is_not_installed_is_refused(tmp_path, monkeypatch):
    module = tmp_path / "passing_by.py"
    module.write_text("class Estimator:\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    path = store.save(importlib.import_module("passing_by").Estimator(), MANIFEST, name="m", root=tmp_path)
    monkeypatch.delitem(sys.modules, "passing_by")
    module.unlink()
    importlib.invalidate_caches()
    with pytest.raises(
        ModelError, match="needs what is not installed here: No module named 'passing_by'.*scikit-learn"
    ):
        store.load(path)


def test_what_does_not_exist_is_refused_with_what_does(tmp_path):
    store.save({}, MANIFEST, name="baseline", root=tmp_path)
    with pytest.raises(ChoiceError, match="'basline' does not exist. Did you mean 'baseline'"):
        store.find("basline", tmp_path)
    with pytest.raises(ChoiceError, match="version of baseline '9' does not exist. Available: 1, latest"):
        store.find("baseline@9", tmp_path)
    with pytest.raises(ModelError, match="neither a model name nor a folder"):
        store.find("../elsewhere", tmp_path)
    with pytest.raises(UsageError, match="model name 'a/b' is not allowed"):
        store.save({}, MANIFEST, name="a/b", root=tmp_path)


def test_an_altered_file_is_refused_before_anything_is_unpickled(tmp_path):
    path = store.save({}, MANIFEST, name="m", root=tmp_path)
    import joblib

    joblib.dump(Loud(), path / "model.joblib")
    with pytest.raises(AssertionError, match="unpickled"):
        joblib.load(path / "model.joblib")
    with pytest.raises(ModelError, match=r"differs from the manifest \(SHA-256\)"):
        store.load(path)


def test_a_missing_file_a_newer_format_and_a_damaged_manifest_are_refused(tmp_path):
    path = store.save({}, MANIFEST, name="m", root=tmp_path)
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "model.joblib").rename(path / "gone")
    with pytest.raises(ModelError, match="listed in the manifest but missing"):
        store.load(path)
    (path / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(ModelError, match="format 99; this version of stance reads up to 2: upgrade"):
        store.load(path)
    (path / "manifest.json").write_text("{")
    with pytest.raises(ModelError, match="is damaged"):
        store.load(path)
    (path / "manifest.json").unlink()
    with pytest.raises(ModelError, match="it is not a saved model"):
        store.load(path)


def test_another_scikit_learn_is_warned_of(tmp_path):
    path = store.save({}, MANIFEST, name="m", root=tmp_path)
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["packages"]["scikit-learn"] = "0.20.1"
    (path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.warns(store.ModelVersionWarning, match="saved with scikit-learn 0.20.1"):
        store.load(path)
