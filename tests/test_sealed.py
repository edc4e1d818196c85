"""Sealed files: what another installation wrote, or somebody changed, is not run."""

from __future__ import annotations

import pickle
import stat
from pathlib import Path

import joblib
import numpy as np
import pytest

from analysis.sealed import KEY, UnsealedError, read_sealed, trust, write_sealed


class Malicious:
    """What writes a file as soon as it is unpickled."""

    def __init__(self, trace: Path):
        self.trace = trace

    def __reduce__(self):
        return Path.write_text, (self.trace, "ran")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("QAZCUBE_CACHE", str(folder))
    return folder


@pytest.mark.parametrize("compress", [0, 3])
def test_what_is_written_is_read_back(tmp_path, compress):
    value = {"grid": np.arange(50_000.0).reshape(2, -1), "names": np.array(["a", None], object)}
    write_sealed(value, tmp_path / "a.joblib", compress=compress)
    found = read_sealed(tmp_path / "a.joblib")
    np.testing.assert_array_equal(found["grid"], value["grid"])
    assert found["names"].tolist() == ["a", None]
    assert [one.name for one in tmp_path.glob("*a.joblib*")] == ["a.joblib"]


def test_the_key_is_drawn_once_for_its_owner_only(cache, tmp_path):
    write_sealed(1, tmp_path / "a.joblib")
    key = (cache / KEY).read_bytes()
    assert stat.S_IMODE((cache / KEY).stat().st_mode) == 0o600
    write_sealed(2, tmp_path / "b.joblib")
    assert (cache / KEY).read_bytes() == key
    assert len(key) == 32


def test_a_malicious_file_is_not_run(tmp_path):
    path, trace = tmp_path / "evil.joblib", tmp_path / "trace"
    joblib.dump(Malicious(trace), path)
    with pytest.raises(UnsealedError, match="can run any code, so it is not read"):
        read_sealed(path)
    assert not trace.exists()
    joblib.load(path)
    assert trace.read_text() == "ran"  # it would have


def test_a_file_of_another_installation_is_not_run(tmp_path, monkeypatch):
    path, trace = tmp_path / "evil.joblib", tmp_path / "trace"
    with monkeypatch.context() as patch:
        patch.setenv("QAZCUBE_CACHE", str(tmp_path / "other"))
        write_sealed(Malicious(trace), path)
    with pytest.raises(UnsealedError):
        read_sealed(path)
    assert not trace.exists()
    trust(path)
    read_sealed(path)
    assert trace.exists()


def test_a_body_changed_behind_its_seal_is_not_run(tmp_path):
    good, path, trace = tmp_path / "good.joblib", tmp_path / "evil.joblib", tmp_path / "trace"
    write_sealed(1, good)
    joblib.dump(Malicious(trace), path)
    head = len(good.read_bytes()) - len(_plain(1, tmp_path))
    path.write_bytes(good.read_bytes()[:head] + path.read_bytes())
    with pytest.raises(UnsealedError):
        read_sealed(path)
    assert not trace.exists()


@pytest.mark.parametrize("keep", [0, 3, 8, 30, 40, -1])
def test_what_was_cut_off_is_not_read(tmp_path, keep):
    path = tmp_path / "a.joblib"
    write_sealed(list(range(100)), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UnsealedError):
        read_sealed(path)


def test_without_the_key_nothing_is_read_and_a_damaged_key_is_told(cache, tmp_path, monkeypatch):
    write_sealed(1, tmp_path / "a.joblib")
    (cache / KEY).unlink()
    with pytest.raises(UnsealedError):
        read_sealed(tmp_path / "a.joblib")
    monkeypatch.setattr("analysis.sealed._WAIT", 0.0)
    (cache / KEY).write_bytes(b"short")
    with pytest.raises(ValueError, match="5 bytes instead of 32"):
        read_sealed(tmp_path / "a.joblib")


def test_a_plain_file_of_an_earlier_version_can_be_trusted(tmp_path):
    joblib.dump([1, 2], tmp_path / "a.joblib", compress=3)
    for _again in range(2):  # of one that is sealed too
        trust(tmp_path / "a.joblib")
        assert read_sealed(tmp_path / "a.joblib") == [1, 2]


def test_a_file_that_cannot_be_written_leaves_the_earlier_one(tmp_path):
    path = tmp_path / "a.joblib"
    write_sealed(1, path)
    with pytest.raises(pickle.PicklingError):
        write_sealed(lambda: None, path)
    assert read_sealed(path) == 1
    assert [one.name for one in tmp_path.glob("*a.joblib*")] == ["a.joblib"]


def _plain(value, folder):
    joblib.dump(value, folder / "plain")
    return (folder / "plain").read_bytes()
