"""The same click on other servers: xcube and titiler, on map-chunked and time-chunked stores.

    python benchmarks/peers.py [--work FOLDER] [--environment FOLDER] [--points 40]

Installs the two servers into an environment of their own (kept, if its folder is given) and asks
them over HTTP on this machine. A request that does next to nothing is timed too, so that the cost
of HTTP itself can be taken off.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.parser import Parser
from pathlib import Path
from urllib.parse import quote

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # as in click.py

import numpy as np  # noqa: E402
import psutil  # noqa: E402
import xarray as xr  # noqa: E402

from analysis.cubes import ingest  # noqa: E402
from benchmarks.measure import (  # noqa: E402
    machine,
    middle_and_tail,
    print_table,
    silent,
    synthetic,
    timed,
    work_folder,
)

SHAPE = (240, 360, 720)
LAYOUTS = {"map": (1, 360, 720), "time": (240, 36, 72)}
TITILER = ["titiler-xarray", "titiler-application", "uvicorn"]
READERS = ["zarr", "dask", "netcdf4", "h5netcdf"]
Request = tuple[str, str, str | None]


def install(environment: Path) -> Path:
    """Install both servers; return the folder of their commands."""
    commands = environment / "bin"
    if (commands / "xcube").exists() and (environment / "ready").exists():
        return commands
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(commands / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", *TITILER, *READERS], check=True)
    wheels = environment / "wheels"
    subprocess.run([*pip, "download", "--no-deps", "-d", str(wheels), "xcube-core"], check=True)
    wheel = next(wheels.glob("xcube_core-*.whl"))
    needs = [need for need in requirements(wheel) if not need.lower().startswith("gdal")]
    subprocess.run([*pip, "install", *needs], check=True)  # gdal is used for reprojection only
    subprocess.run([*pip, "install", "--no-deps", str(wheel)], check=True)
    (environment / "ready").touch()
    return commands


def requirements(wheel: Path) -> list[str]:
    """List what a wheel needs, extras apart."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        described = Parser().parsestr(archive.read(name).decode())
    return [need for need in described.get_all("Requires-Dist", []) if "extra ==" not in need]


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def server(command: list[str], port: int, log: Path) -> Iterator[psutil.Process]:
    """Run a server until the block ends."""
    with log.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        for _ in range(240):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} stopped: {log.read_text()[-2000:]}")
            time.sleep(0.5)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def ask(port: int, request: Request) -> bytes:
    """Body of the answer to one request."""
    method, path, body = request
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {text[:300]!r}")
    return text


def measure(
    port: int,
    points: list[tuple[float, float]],
    request: Callable[[float, float], Request],
    values: Callable[[dict], list[float]],
    source: xr.DataArray,
) -> list[float]:
    """Milliseconds of each click but the first two, every answer checked against the source."""
    times = []
    for number, (lon, lat) in enumerate(points):
        spent, text = timed(ask, port, request(lon, lat))
        expected = source.sel(lon=lon, lat=lat, method="nearest").to_numpy()
        np.testing.assert_allclose(values(json.loads(text)), expected, rtol=1e-4, atol=1e-4)
        if number >= 2:
            times.append(spent)
    return times


def write_stores(folder: Path, ds: xr.Dataset) -> dict[str, Path]:
    """Write the grid as two zarr v2 stores, which both servers read."""
    paths = {}
    for name, chunks in LAYOUTS.items():
        paths[name] = folder / f"{name}.zarr"
        coding = {"waves": {"chunks": chunks}}
        stored = ds.chunk(dict(zip(("time", "lat", "lon"), chunks, strict=True)))
        stored.to_zarr(paths[name], zarr_format=2, consolidated=True, encoding=coding)
    return paths


def run_xcube(
    commands: Path, folder: Path, stores: dict[str, Path], points: list, source: xr.DataArray
) -> list[list[object]]:
    """Time xcube's point series."""
    port = free_port()
    command = [str(commands / "xcube"), "serve", "--address", "127.0.0.1", "--port", str(port)]
    rows: list[list[object]] = []
    with server([*command, *map(str, stores.values())], port, folder / "xcube.log") as process:
        listed = json.loads(ask(port, ("GET", "/datasets", None)))["datasets"]
        ids = {name: one["id"] for name in stores for one in listed if name in one["id"]}
        if len(ids) != len(stores):
            raise RuntimeError(f"xcube lists other datasets than expected: {listed}")
        empty = [timed(ask, port, ("GET", "/", None))[0] for _ in range(20)]
        for name in stores:
            path = f"/timeseries/{ids[name]}/waves?aggMethods=mean"

            def request(lon: float, lat: float, path: str = path) -> Request:
                return "POST", path, json.dumps({"type": "Point", "coordinates": [lon, lat]})

            def values(answer: dict) -> list[float]:
                return [one["mean"] for one in answer["result"]]

            times = measure(port, points, request, values, source)
            rows.append([f"xcube, {name}-chunked", *middle_and_tail(times)])
        memory = process.memory_info().rss / 1e6
        rows.append([f"xcube, empty request ({memory:.0f} MB)", *middle_and_tail(empty)])
    return rows


def run_titiler(
    commands: Path, folder: Path, stores: dict[str, Path], points: list, source: xr.DataArray
) -> list[list[object]]:
    """Time titiler's point values."""
    port = free_port()
    command = [str(commands / "uvicorn"), "titiler.xarray.main:app"]
    rows: list[list[object]] = []
    arguments = ["--host", "127.0.0.1", "--port", str(port)]
    with server([*command, *arguments], port, folder / "titiler.log") as process:
        empty = [timed(ask, port, ("GET", "/healthz", None))[0] for _ in range(20)]
        for name, path in stores.items():
            query = f"url={quote(str(path))}&variable=waves"

            def request(lon: float, lat: float, query: str = query) -> Request:
                return "GET", f"/point/{lon},{lat}?{query}", None

            times = measure(port, points, request, lambda answer: answer["values"], source)
            rows.append([f"titiler, {name}-chunked", *middle_and_tail(times)])
        memory = process.memory_info().rss / 1e6
        rows.append([f"titiler, empty request ({memory:.0f} MB)", *middle_and_tail(empty)])
    return rows


def main() -> None:
    """Install, make the stores, measure, print, delete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", help="folder with 3 GB of free space")
    parser.add_argument("--environment", help="folder of the servers' environment, kept")
    parser.add_argument("--points", type=int, default=40)
    given = parser.parse_args()
    with work_folder(given.work) as folder:
        commands = install(Path(given.environment or folder / "environment").absolute())
        print(machine())
        ds = synthetic(*SHAPE).compute()
        native = ds.rename(latitude="lat", longitude="lon")
        stores = write_stores(folder, native)
        rng = np.random.default_rng(0)
        points = [
            (float(rng.choice(native.lon)), float(rng.choice(native.lat)))
            for _ in range(given.points)
        ]
        cube = ingest(ds, "own", progress=silent)
        own = [timed(lambda p: cube.series(*p).to_numpy(), point)[0] for point in points][2:]
        rows: list[list[object]] = [
            ["Cube.series (in the process, no HTTP)", *middle_and_tail(own)]
        ]
        for name, path in stores.items():
            opened = xr.open_zarr(path)["waves"]
            times = [
                timed(lambda p, o=opened: o.sel(lon=p[0], lat=p[1]).load(), point)[0]
                for point in points
            ]
            rows.append([f"xarray with Dask, {name}-chunked", *middle_and_tail(times[2:])])
        rows += run_xcube(commands, folder, stores, points, native["waves"])
        rows += run_titiler(commands, folder, stores, points, native["waves"])
        print_table(["one click on 240 x 360 x 720", "median ms", "p95 ms"], rows)
        print(machine())


if __name__ == "__main__":
    os.environ.setdefault("PIP_NO_INPUT", "1")
    main()
