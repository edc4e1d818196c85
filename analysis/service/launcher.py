"""The JupyterLab launcher tile, through jupyter-server-proxy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ICON = Path(__file__).resolve().with_name("qazcube.svg")


def setup_qazcube() -> dict[str, Any]:
    """Return how jupyter-server-proxy starts the pages and shows them in the launcher.

    The server listens on this machine only and is reached through Jupyter, which asks for the
    login; that is why any websocket origin is allowed.

    Returns
    -------
    dict
        Description of the server, see the documentation of jupyter-server-proxy.

    Examples
    --------
    >>> setup_qazcube()["launcher_entry"]["path_info"]
    'qazcube/explorer'
    """
    return {
        "command": [
            sys.executable,
            "-m",
            "analysis.cli",
            "serve",
            "--port",
            "{port}",
            "--address",
            "127.0.0.1",
            "--prefix",
            "{base_url}qazcube",
            "--allow-websocket-origin",
            "*",
            "--no-browser",
            "--demo",
        ],
        "absolute_url": True,
        "timeout": 300,  # the first start makes the cubes of the starter data
        "new_browser_tab": True,
        "launcher_entry": {
            "enabled": True,
            "title": "Qazcube",
            "icon_path": str(ICON),
            "path_info": "qazcube/explorer",
        },
    }
