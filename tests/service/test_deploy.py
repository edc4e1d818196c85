"""The example configuration of a JupyterHub."""

from __future__ import annotations

import os
import subprocess
import time
import types
import urllib.error
import urllib.request
from collections import defaultdict

import pytest

from analysis.settings import ROOT

CONFIG = ROOT / "deploy" / "jupyterhub_config.py"
PORT = 5119


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def status(path, **headers):
    """Return the status of an answer, and where it sends the visitor."""
    url = f"http://127.0.0.1:{PORT}/services/qazcube/{path}"
    opener = urllib.request.build_opener(NoRedirect)
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Location", "")


@pytest.fixture
def service(monkeypatch):
    pytest.importorskip("cryptography", reason="needs the extra 'jupyter'")
    monkeypatch.setenv("HUB_HOST", "hub.example.kz")
    monkeypatch.setenv("HUB_SCHEME", "https")
    monkeypatch.setenv("QAZCUBE_SERVICE_PORT", str(PORT))
    config = defaultdict(types.SimpleNamespace)
    holder = types.SimpleNamespace(
        JupyterHub=config["JupyterHub"], Spawner=config["Spawner"], Authenticator=config["Auth"]
    )
    exec(compile(CONFIG.read_text(), str(CONFIG), "exec"), {"get_config": lambda: holder})  # noqa: S102
    (found,) = config["JupyterHub"].services
    return found


def test_secrets_are_no_arguments(service):
    secrets = [service["api_token"], service["environment"]["PANEL_OAUTH_ENCRYPTION"]]
    secrets.append(service["environment"]["PANEL_COOKIE_SECRET"])
    assert not set(secrets) & set(service["command"])
    assert len(set(secrets)) == 3


@pytest.mark.slow
def test_nobody_sees_the_service_without_the_login_of_the_hub(service, tmp_path):
    command = [word for word in service["command"] if word != "--demo"]
    env = {**os.environ, **service["environment"], "QAZCUBE_CACHE": str(tmp_path)}
    with (tmp_path / "log.txt").open("w") as log:
        process = subprocess.Popen([*command, "--no-warm"], env=env, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                if status("liveness")[0] == 200:
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        for page in ("", "home", "explorer"):
            code, location = status(page)
            assert code == 302, page
            assert "login?next=" in location
        code, location = status("login?next=/services/qazcube/explorer")
        assert code == 302
        assert location.startswith("https://hub.example.kz/hub/api/oauth2/authorize?")
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        upgrade |= {"Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==", "Origin": "https://evil.kz"}
        assert status("explorer/ws", **upgrade)[0] == 403
    finally:
        process.terminate()
        process.wait(timeout=30)
