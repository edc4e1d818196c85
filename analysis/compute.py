"""What this process may use: processors, memory, a Dask cluster, a GPU.

Imported before NumPy by the command line, so nothing heavy is imported at the top.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import math
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from analysis import settings
from analysis.limits import cpu_quotas, group_folders, host_cpus, memory_limits, positive_setting

CHOICES = ("auto", "cpu", "gpu")
CONNECT_TIMEOUT = "10s"
_ADDRESS = re.compile(r"([a-z]+://)?\S+:\d+|inproc://\S+")


@dataclass(frozen=True)
class Resources:
    """What this process may use, and who set the limit.

    Attributes
    ----------
    cpus
        Processors; a quota may be a fraction.
    memory
        Memory, bytes.
    cpus_from, memory_from
        Who set the limit: "host", "cgroup" or "JupyterHub".
    """

    cpus: float
    memory: int
    cpus_from: str
    memory_from: str

    @property
    def threads(self) -> int:
        """Threads that fit into the processors, at least 1."""
        return max(1, math.floor(self.cpus))


def resources(
    cgroup: Path = Path("/sys/fs/cgroup"), process: Path = Path("/proc/self/cgroup")
) -> Resources:
    """Return the least of what the host, the control group and JupyterHub allow.

    Dask reads the first two only; JupyterHub's ``MEM_LIMIT`` and ``CPU_LIMIT`` are read here.

    Parameters
    ----------
    cgroup
        Mount of the control groups, version 1 or 2.
    process
        File that names the control group of this process.

    Returns
    -------
    Resources
        The limits.

    Raises
    ------
    ValueError
        If ``MEM_LIMIT`` or ``CPU_LIMIT`` is set to something that is no positive number.

    Examples
    --------
    >>> resources().threads >= 1
    True
    """
    cpus = [(float(host_cpus()), "host")]
    memory = [(float(psutil.virtual_memory().total), "host")]
    for folder in group_folders(cgroup, process):
        cpus += [(quota, "cgroup") for quota in cpu_quotas(folder)]
        memory += [(limit, "cgroup") for limit in memory_limits(folder)]
    if os.environ.get("CPU_LIMIT"):
        cpus.append((positive_setting("CPU_LIMIT", suffixes=False), "JupyterHub"))
    if os.environ.get("MEM_LIMIT"):
        memory.append((positive_setting("MEM_LIMIT", suffixes=True), "JupyterHub"))
    least_cpus, least_memory = min(cpus), min(memory)
    return Resources(least_cpus[0], int(least_memory[0]), least_cpus[1], least_memory[1])


def thread_limits() -> dict[str, str]:
    """Keep every thread pool of this process within its processors.

    Idle OpenMP threads sleep instead of spinning (on a busy shared machine XGBoost fell from 80 s
    to 8.5 s with this alone). Variables that the user has set stay. The pools read them when their
    library is loaded, so call this before NumPy, Numba and XGBoost are imported.

    Returns
    -------
    dict
        The variables and the values that now hold.

    Examples
    --------
    >>> thread_limits()["OMP_WAIT_POLICY"]
    'PASSIVE'
    """
    import dask

    threads = resources().threads
    wanted = {"OMP_WAIT_POLICY": "PASSIVE"}
    for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
        wanted[f"{library}_NUM_THREADS"] = str(threads)
    if "numba" not in sys.modules:  # Numba refuses a change while it runs
        wanted["NUMBA_NUM_THREADS"] = str(threads)
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
    dask.config.set(num_workers=threads)
    return {name: os.environ[name] for name in wanted}


def backend(choice: str | None = None) -> Literal["cpu", "gpu"]:
    """Return the processor that table and model code uses.

    Parameters
    ----------
    choice
        "auto" takes a GPU where one answers, "cpu" never, "gpu" always; None reads the setting
        ``QAZCUBE_COMPUTE``.

    Returns
    -------
    str
        "cpu" or "gpu".

    Raises
    ------
    ValueError
        If the choice is unknown, or "gpu" was asked for and no GPU answers.

    Examples
    --------
    >>> backend("cpu")
    'cpu'
    """
    wanted = settings.get("compute") if choice is None else choice
    if wanted not in CHOICES:
        msg = f"QAZCUBE_COMPUTE is {wanted!r}; it must be one of {', '.join(CHOICES)}."
        raise ValueError(msg)
    if wanted == "cpu":
        return "cpu"
    problem = gpu_problem()
    if problem is None:
        return "gpu"
    if wanted == "gpu":
        msg = f"QAZCUBE_COMPUTE is 'gpu', but no GPU can be used: {problem}. Use 'auto' or 'cpu'."
        raise ValueError(msg)
    return "cpu"


@functools.cache
def gpu_problem() -> str | None:
    """Return why no GPU can be used, or None where one answers.

    cuDF imports without a GPU and fails at first use, so the device is asked for and one small
    operation is run on it. The answer is kept for the life of the process.

    Returns
    -------
    str or None
        The reason.
    """
    try:
        cupy = importlib.import_module("cupy")
        cudf = importlib.import_module("cudf")
    except ImportError as error:
        return f"{error.name or error} is not installed"
    except Exception as error:  # a broken installation raises what it likes
        return f"the GPU libraries do not load ({type(error).__name__}: {error})"
    try:
        if not cupy.cuda.is_available():
            return "there is no CUDA device or driver"
        total = int(cudf.Series([1, 2, 3]).sum())
    except Exception as error:  # driver errors have no common class
        return f"the GPU does not answer ({type(error).__name__}: {error})"
    return None if total == 6 else f"the GPU computes 1 + 2 + 3 = {total}"


def accelerate() -> bool:
    """Let the models of scikit-learn compute on the GPU, by cuML's ``cuml.accel``.

    Call it before a model is made. What cuML cannot do (a table with missing values for a random
    forest, a setting that it has not) is computed by scikit-learn on the processor as before;
    cuml.accel says what, with ``CUML_ACCEL_LOG_LEVEL=info``. A model that was fitted so can be
    opened without a GPU.

    Returns
    -------
    bool
        Whether it is switched on; False on the processor and where cuML is not installed.

    Raises
    ------
    ValueError
        If a GPU was asked for and none answers.

    Examples
    --------
    >>> accelerate() == (backend() == "gpu" and importlib.util.find_spec("cuml") is not None)
    True
    """
    if backend() != "gpu":
        return False
    try:
        found = importlib.import_module("cuml.accel")
    except ImportError:
        return False
    found.install()
    return True


def client(where: str | None = None) -> Any:
    """Return the Dask client of this process, made once; None computes with threads.

    Parameters
    ----------
    where
        "" for the threads of this process, "local" for workers on this machine, the address of a
        scheduler, "gateway" or "gateway:ADDRESS" for a Dask Gateway; None reads the setting
        ``QAZCUBE_DASK``.

    Returns
    -------
    distributed.Client or None
        The client, already the default of Dask.

    Raises
    ------
    ValueError
        If nothing answers at the address, or a package that is needed is missing.

    Examples
    --------
    >>> client("") is None
    True
    """
    place = settings.get("dask") if where is None else where
    if not place:
        return None
    found = _connect(place)
    if found.status != "running":
        _connect.cache_clear()
        found = _connect(place)
    return found


def read_events(name_or_path: str | Path, columns: Sequence[str] | None = None) -> Any:
    """Return a table of events, lazily, as a Dask table of pandas or, with a GPU, cuDF parts.

    Parameters
    ----------
    name_or_path
        An entry of the catalogue, or a Parquet or CSV file.
    columns
        Columns to read; None reads all.

    Returns
    -------
    dask.dataframe.DataFrame
        The table, not yet read.

    Raises
    ------
    ValueError
        If there is no such entry, file or column, or the file has another format.
    """
    import dask
    import dask.dataframe as dd

    parts = "cudf" if backend() == "gpu" else "pandas"
    path = Path(name_or_path)
    wanted = None if columns is None else list(columns)
    with dask.config.set({"dataframe.backend": parts}):
        if not path.suffix and len(path.parts) == 1:
            from analysis.sources import open_source

            table = open_source(str(name_or_path))
        elif not path.exists():
            msg = f"There is no file {path}."
            raise ValueError(msg)
        elif path.suffix == ".parquet":
            table = dd.read_parquet(path)
        elif path.suffix == ".csv":
            table = dd.read_csv(path, parse_dates=["time"])
        else:
            msg = f"The file {path} is no table of events; give a .parquet or .csv file."
            raise ValueError(msg)
    missing = [name for name in wanted or [] if name not in table.columns]
    if missing:
        names = ", ".join(table.columns)
        msg = f"{name_or_path} has no column {', '.join(missing)}; it has {names}."
        raise ValueError(msg)
    return table if wanted is None else table[wanted]


@functools.cache
def _connect(place: str) -> Any:
    """Return a new client."""
    from distributed import Client, LocalCluster

    if place == "local":
        own = resources()
        cluster = LocalCluster(
            n_workers=own.threads,
            threads_per_worker=1,
            memory_limit=own.memory // own.threads,
            dashboard_address=None,
        )
        return Client(cluster)
    if place == "gateway" or place.startswith("gateway:"):
        return _gateway(place.removeprefix("gateway").removeprefix(":"))
    if not _ADDRESS.fullmatch(place):
        msg = (
            f"QAZCUBE_DASK is {place!r}; it must be empty, 'local', the address of a scheduler "
            "such as tcp://host:8786, or gateway:ADDRESS."
        )
        raise ValueError(msg)
    try:
        return Client(place, timeout=CONNECT_TIMEOUT)
    except (OSError, ValueError) as error:
        msg = f"No Dask scheduler answers at {place!r} ({error})."
        raise ValueError(msg) from error


def _gateway(address: str) -> Any:
    """Return a client of the user's cluster at a Dask Gateway, the running one if there is one."""
    try:
        gateway_module = importlib.import_module("dask_gateway")
    except ImportError as error:
        msg = "QAZCUBE_DASK names a Dask Gateway: install the package dask-gateway."
        raise ValueError(msg) from error
    gateway = gateway_module.Gateway(address or None)
    running = gateway.list_clusters()
    cluster = gateway.connect(running[0].name) if running else gateway.new_cluster()
    return cluster.get_client()
