"""Limits of the process, choice of processor, Dask clients."""

from __future__ import annotations

import os
import subprocess
import sys
import types

import dask
import dask.dataframe as dd
import pandas as pd
import pytest

from analysis import compute

GIGABYTE = 1024**3


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    for name in ("MEM_LIMIT", "CPU_LIMIT", "QAZCUBE_COMPUTE", "QAZCUBE_DASK"):
        monkeypatch.delenv(name, raising=False)
    compute.gpu_problem.cache_clear()
    compute._connect.cache_clear()
    yield
    compute.gpu_problem.cache_clear()
    compute._connect.cache_clear()


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


def limits(tmp_path, text="0::/\n"):
    (tmp_path / "self").write_text(text)
    return compute.resources(tmp_path / "cgroup", tmp_path / "self")


def test_without_limits_the_host_counts(tmp_path):
    found = limits(tmp_path)
    assert (found.cpus_from, found.memory_from) == ("host", "host")
    assert found.threads == len(os.sched_getaffinity(0))


def test_cgroup_version_2(tmp_path):
    write(tmp_path / "cgroup", cpu__max="50000 100000", memory__max=GIGABYTE)
    found = limits(tmp_path)
    assert found == compute.Resources(0.5, GIGABYTE, "cgroup", "cgroup")
    assert found.threads == 1


def test_cgroup_version_2_without_limits(tmp_path):
    write(tmp_path / "cgroup", cpu__max="max 100000", memory__max="max")
    assert limits(tmp_path).cpus_from == "host"


def test_a_limit_of_a_parent_group_holds(tmp_path):
    write(tmp_path / "cgroup" / "hub", memory__max=2 * GIGABYTE)
    write(tmp_path / "cgroup" / "hub" / "student", memory__max=3 * GIGABYTE)
    assert limits(tmp_path, "0::/hub/student\n").memory == 2 * GIGABYTE


def test_cgroup_version_1(tmp_path):
    write(tmp_path / "cgroup" / "cpu", cpu__cfs_quota_us=25000, cpu__cfs_period_us=100000)
    write(tmp_path / "cgroup" / "memory" / "own", memory__limit_in_bytes=GIGABYTE)
    found = limits(tmp_path, "4:memory:/own\n3:cpu,cpuacct:/\n")
    assert (found.cpus, found.memory) == (0.25, GIGABYTE)


def test_no_quota_in_version_1_is_minus_one(tmp_path):
    write(tmp_path / "cgroup" / "cpu", cpu__cfs_quota_us=-1, cpu__cfs_period_us=100000)
    assert limits(tmp_path).cpus_from == "host"


@pytest.mark.parametrize(("text", "expected"), [("536870912", 2**29), ("512M", 2**29)])
def test_limits_of_jupyterhub(tmp_path, monkeypatch, text, expected):
    monkeypatch.setenv("MEM_LIMIT", text)
    monkeypatch.setenv("CPU_LIMIT", "0.75")
    assert limits(tmp_path) == compute.Resources(0.75, expected, "JupyterHub", "JupyterHub")


def test_the_least_limit_wins(tmp_path, monkeypatch):
    write(tmp_path / "cgroup", cpu__max="50000 100000", memory__max=GIGABYTE)
    monkeypatch.setenv("MEM_LIMIT", str(2 * GIGABYTE))
    monkeypatch.setenv("CPU_LIMIT", "0.25")
    assert limits(tmp_path) == compute.Resources(0.25, GIGABYTE, "JupyterHub", "cgroup")


@pytest.mark.parametrize("name", ["MEM_LIMIT", "CPU_LIMIT"])
@pytest.mark.parametrize("text", ["much", "-1", "0", "nan", "5Q"])
def test_a_limit_that_is_no_number_is_refused(tmp_path, monkeypatch, name, text):
    monkeypatch.setenv(name, text)
    with pytest.raises(ValueError, match=f"{name} is '{text}'"):
        limits(tmp_path)


def test_thread_limits_hold_in_a_new_process_and_respect_the_user():
    script = (
        "import os; from analysis.compute import thread_limits; "
        "import sys; assert 'numpy' not in sys.modules; "
        "thread_limits(); import dask, numba; "
        "print(os.environ['OMP_WAIT_POLICY'], os.environ['OMP_NUM_THREADS'], "
        "numba.config.NUMBA_NUM_THREADS, dask.config.get('num_workers'))"
    )
    names = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS")
    env = {name: value for name, value in os.environ.items() if name not in names}
    env |= {"CPU_LIMIT": "1", "OMP_NUM_THREADS": "7"}
    run = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert run.stdout.split() == ["PASSIVE", "7", "1", "1"], run.stderr


def fail(*_):
    message = "the NVIDIA driver library was not found"
    raise RuntimeError(message)


def stub(monkeypatch, *, available=True, series=None, total=6):
    """Put stand-ins for cupy and cudf in place, in the states met on real machines."""

    class Sum:
        def __init__(self, values):
            self.values = values

        def sum(self):
            return total

    cuda = types.SimpleNamespace(
        is_available=available if callable(available) else lambda: available
    )
    monkeypatch.setitem(sys.modules, "cupy", types.SimpleNamespace(cuda=cuda))
    monkeypatch.setitem(sys.modules, "cudf", types.SimpleNamespace(Series=series or Sum))


def test_gpu_libraries_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert "cupy is not installed" in compute.gpu_problem()
    assert compute.backend() == "cpu"


def test_gpu_libraries_without_a_driver(monkeypatch):
    stub(monkeypatch, available=False)
    assert "no CUDA device" in compute.gpu_problem()
    assert compute.backend("auto") == "cpu"


def test_gpu_that_fails_at_first_use(monkeypatch):
    stub(monkeypatch, series=fail)
    assert "does not answer (RuntimeError: the NVIDIA driver" in compute.gpu_problem()
    assert compute.backend("auto") == "cpu"


def test_probe_that_raises(monkeypatch):
    stub(monkeypatch, available=fail)
    assert "does not answer" in compute.gpu_problem()


def test_gpu_that_computes_wrongly(monkeypatch):
    stub(monkeypatch, total=5)
    assert "1 + 2 + 3 = 5" in compute.gpu_problem()


def test_broken_gpu_libraries(monkeypatch):
    def broken(name):
        raise OSError("libcudart.so: wrong ELF class")

    monkeypatch.setattr(compute.importlib, "import_module", broken)
    assert "do not load (OSError" in compute.gpu_problem()


def test_gpu_that_answers_is_taken_and_may_be_declined(monkeypatch):
    stub(monkeypatch)
    assert compute.gpu_problem() is None
    assert compute.backend() == "gpu"
    assert compute.backend("cpu") == "cpu"


def test_gpu_asked_for_and_absent_is_an_error(monkeypatch):
    stub(monkeypatch, available=False)
    monkeypatch.setenv("QAZCUBE_COMPUTE", "gpu")
    with pytest.raises(ValueError, match="no GPU can be used: there is no CUDA device"):
        compute.backend()


def test_an_unknown_choice_is_refused():
    with pytest.raises(ValueError, match="'tpu'; it must be one of auto, cpu, gpu"):
        compute.backend("tpu")


def test_cuml_is_switched_on_where_a_gpu_answers(monkeypatch):
    called = []
    accel = types.SimpleNamespace(install=lambda: called.append("install"))
    monkeypatch.setitem(sys.modules, "cuml", types.SimpleNamespace(accel=accel))
    monkeypatch.setitem(sys.modules, "cuml.accel", accel)
    stub(monkeypatch, available=False)
    assert not compute.accelerate(), "no GPU"
    compute.gpu_problem.cache_clear()
    stub(monkeypatch)
    monkeypatch.setenv("QAZCUBE_COMPUTE", "cpu")
    assert not compute.accelerate(), "declined"
    assert called == []
    monkeypatch.setenv("QAZCUBE_COMPUTE", "auto")
    assert compute.accelerate()
    assert called == ["install"]
    monkeypatch.setitem(sys.modules, "cuml.accel", None)
    assert not compute.accelerate(), "not installed"


@pytest.mark.gpu
def test_a_real_gpu_answers():
    problem = compute.gpu_problem()
    if problem:
        pytest.skip(problem)
    assert compute.backend("gpu") == "gpu"


def test_threads_need_no_client():
    assert compute.client() is None


def test_a_scheduler_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(compute, "CONNECT_TIMEOUT", "1s")
    monkeypatch.setenv("QAZCUBE_DASK", "tcp://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"No Dask scheduler answers at 'tcp://127\.0\.0\.1:9'"):
        compute.client()


def test_a_word_that_is_no_address():
    with pytest.raises(ValueError, match="QAZCUBE_DASK is 'lokal'; it must be empty"):
        compute.client("lokal")


def test_a_local_cluster_is_started_once_and_found_by_its_address():
    import distributed

    local = compute.client("local")
    try:
        assert compute.client("local") is local
        assert local.submit(sum, [1, 2, 3]).result() == 6
        other = compute.client(local.scheduler.address)
        assert isinstance(other, distributed.Client)
        other.close()
    finally:
        local.close()
        local.cluster.close()


def test_gateway_takes_the_running_cluster_or_starts_one(monkeypatch):
    calls = []

    class Gateway:
        clusters = ()

        def __init__(self, address):
            calls.append(address)

        def list_clusters(self):
            return [types.SimpleNamespace(name=name) for name in self.clusters]

        def connect(self, name):
            return types.SimpleNamespace(
                get_client=lambda: types.SimpleNamespace(status="running", name=name)
            )

        def new_cluster(self):
            return self.connect("new")

    monkeypatch.setitem(sys.modules, "dask_gateway", types.SimpleNamespace(Gateway=Gateway))
    assert compute.client("gateway").name == "new"
    Gateway.clusters = ("mine",)
    assert compute.client("gateway:http://hub.example/services/dask").name == "mine"
    assert calls == [None, "http://hub.example/services/dask"]


def test_gateway_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask_gateway", None)
    with pytest.raises(ValueError, match="install the package dask-gateway"):
        compute.client("gateway")


@pytest.fixture
def table(tmp_path):
    events = pd.DataFrame(
        {"time": pd.to_datetime(["2000-01-01", "2001-01-01"]), "mag": [5.0, 6.0], "depth": [1, 2]}
    )
    events.to_parquet(tmp_path / "events.parquet")
    events.to_csv(tmp_path / "events.csv", index=False)
    return tmp_path, events


@pytest.mark.parametrize("name", ["events.parquet", "events.csv"])
def test_a_file_of_events_is_read_lazily(table, name):
    folder, events = table
    lazy = compute.read_events(folder / name, columns=["time", "mag"])
    assert isinstance(lazy, dd.DataFrame)
    computed = lazy.compute(scheduler="sync")
    pd.testing.assert_frame_equal(computed, events[["time", "mag"]], check_dtype=False)


def test_a_gpu_asks_dask_for_cudf_parts(table, monkeypatch):
    folder, _ = table
    seen = []
    monkeypatch.setattr(compute, "backend", lambda: "gpu")
    monkeypatch.setattr(
        dd,
        "read_parquet",
        lambda path: seen.append(dask.config.get("dataframe.backend")) or pd.DataFrame(),
    )
    compute.read_events(folder / "events.parquet")
    assert seen == ["cudf"]


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("absent.parquet", None, "There is no file"),
        ("events.txt", None, r"give a \.parquet or \.csv"),
        ("events.csv", ["magnitude"], "no column magnitude; it has time, mag, depth"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(table, name, columns, message):
    folder, _ = table
    (folder / "events.txt").write_text("nothing")
    with pytest.raises(ValueError, match=message):
        compute.read_events(folder / name, columns=columns)
