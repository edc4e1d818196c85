"""Serving the pages."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from analysis.service.server import Site, check_port, pages, serve_arguments


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def value_of(arguments, option):
    return [after for before, after in pairwise(arguments) if before == option]


def test_pages_are_the_files_of_apps_and_shadow_no_module():
    names = [page.stem for page in pages()]
    assert {"home", "explorer"} <= set(names)
    assert not set(names) & set(sys.stdlib_module_names)


def test_a_server_trusts_this_machine_only_unless_told():
    arguments = serve_arguments(Site(port=5006), [Path("home.py")])
    origins = value_of(arguments, "--allow-websocket-origin")
    assert origins == ["localhost:5006", "127.0.0.1:5006"]
    assert value_of(arguments, "--address") == ["127.0.0.1"]
    assert "--prefix" not in arguments
    told = serve_arguments(Site(origins=("hub.example.kz",)), [Path("home.py")])
    assert value_of(told, "--allow-websocket-origin") == ["hub.example.kz"]


@pytest.mark.parametrize("prefix", ["/user/a/qazcube/", "user/a/qazcube"])
def test_a_prefix_is_written_in_one_way(prefix):
    site = Site(port=80, prefix=prefix)
    assert value_of(serve_arguments(site, []), "--prefix") == ["/user/a/qazcube"]
    assert site.url == "http://127.0.0.1:80/user/a/qazcube/home"


def test_options_reach_the_server():
    site = Site(processes=3, threads=2, warm=False)
    arguments = serve_arguments(site, [])
    assert value_of(arguments, "--num-procs") == ["3"]
    assert value_of(arguments, "--num-threads") == ["2"]
    assert "--warm" not in arguments
    assert "--warm" not in serve_arguments(Site(processes=2), [])
    assert "--warm" in serve_arguments(Site(), [])
    assert "--liveness" in arguments


def test_a_port_that_is_taken_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        site = Site(port=taken.getsockname()[1])
        with pytest.raises(ValueError, match="Choose another with --port"):
            check_port(site)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(ValueError, match="cannot listen on 192"):
        check_port(Site(address="192.0.2.1"))


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own loopback
        return answer.status, answer.read().decode()


@pytest.mark.parametrize("prefix", ["<script>", "../..", "a b", "a/../b", "a?x", 'a"b', "//x//y"])
def test_a_prefix_that_is_no_path_is_refused(prefix):
    with pytest.raises(ValueError, match="it must be a path"):
        Site(prefix=prefix)


@pytest.mark.slow
def test_a_real_server_answers_behind_a_prefix_from_any_folder(tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "analysis.cli", "serve", "--port", str(port), "--no-warm"]
    env = {**os.environ, "QAZCUBE_CACHE": str(tmp_path / "cache"), "QAZCUBE_LANGUAGE": "en"}
    process = subprocess.Popen(
        [*command, "--prefix", "/user/a/qazcube"],
        env=env,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    base = f"http://127.0.0.1:{port}/user/a/qazcube"
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                assert get(f"{base}/liveness") == (200, '{"/user/a/qazcube/liveness": true}')
                break
            except urllib.error.URLError:
                time.sleep(0.3)
        else:
            pytest.fail("the server did not answer within 60 s")
        for page in ("", "home", "explorer"):
            status, text = get(f"{base}/{page}")
            assert status == 200
            assert "Qazcube" in text
        with pytest.raises(urllib.error.HTTPError):
            get(f"http://127.0.0.1:{port}/home")
    finally:
        process.terminate()
        errors = process.communicate(timeout=30)[1]
    assert f"Qazcube at {base}/home" in errors
    assert "Traceback" not in errors


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_processes_stop_with_the_first(tmp_path, number):
    port = free_port()
    command = [sys.executable, "-m", "analysis.cli", "serve", "--port", str(port)]
    env = {**os.environ, "QAZCUBE_CACHE": str(tmp_path / "cache"), "QAZCUBE_LANGUAGE": "en"}
    with (tmp_path / "log.txt").open("w") as log:
        process = subprocess.Popen([*command, "--num-procs", "2"], env=env, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}/liveness"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            assert get(url)[0] == 200
            break
        except urllib.error.URLError:
            time.sleep(0.3)
    assert get(url.replace("liveness", "explorer"))[0] == 200
    workers = psutil.Process(process.pid).children()
    assert len(workers) == 2
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
    gone, alive = psutil.wait_procs(workers, timeout=20)
    for worker in alive:
        worker.kill()
    assert not alive
    assert len(gone) == 2
    assert "Traceback" not in (tmp_path / "log.txt").read_text()
