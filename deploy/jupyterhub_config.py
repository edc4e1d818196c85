"""Example configuration of a JupyterHub with Qazcube, both ways (see docs/jupyterhub.md).

Start it with ``jupyterhub -f deploy/jupyterhub_config.py``. Set HUB_HOST to the public host and
port of the hub. Replace the authenticator and the spawner by those of your institution.
"""

import os
import secrets
import sys

from cryptography.fernet import Fernet

c = get_config()  # noqa: F821 - JupyterHub puts it there

HOST = os.environ.get("HUB_HOST", "127.0.0.1:8000")
SCHEME = os.environ.get("HUB_SCHEME", "http")
HUB_API = "http://127.0.0.1:8081/hub/api"
SERVICE_PORT = int(os.environ.get("QAZCUBE_SERVICE_PORT", "5111"))
PYTHON = os.environ.get("QAZCUBE_PYTHON", sys.executable)  # of the environment with Qazcube
TOKEN = os.environ.get("QAZCUBE_SERVICE_TOKEN") or secrets.token_hex(32)

c.JupyterHub.bind_url = f"{SCHEME}://{HOST}"
c.Spawner.default_url = "/lab"
c.Spawner.mem_limit = "2G"
c.Spawner.cpu_limit = 1

# One shared server; visitors log in with the hub.
c.JupyterHub.services = [
    {
        "name": "qazcube",
        "url": f"http://127.0.0.1:{SERVICE_PORT}",
        "api_token": TOKEN,
        "oauth_redirect_uri": f"{SCHEME}://{HOST}/services/qazcube/login",
        "oauth_no_confirm": True,
        "command": [
            *(PYTHON, "-m", "analysis.cli", "serve", "--demo"),
            *("--port", str(SERVICE_PORT), "--prefix", "/services/qazcube"),
            *("--allow-websocket-origin", HOST),
        ],
        "environment": {
            "QAZCUBE_CACHE": os.environ.get("QAZCUBE_CACHE", "/srv/qazcube/cache"),
            "PANEL_OAUTH_PROVIDER": "generic",
            "PANEL_OAUTH_KEY": "service-qazcube",
            "PANEL_OAUTH_SECRET": TOKEN,
            "PANEL_OAUTH_REDIRECT_URI": f"{SCHEME}://{HOST}/services/qazcube/login",
            "PANEL_OAUTH_TOKEN_URL": f"{HUB_API}/oauth2/token",
            "PANEL_OAUTH_AUTHORIZE_URL": f"{SCHEME}://{HOST}/hub/api/oauth2/authorize",
            "PANEL_OAUTH_USER_URL": f"{HUB_API}/user",
            "PANEL_OAUTH_SCOPE": "access:services!service=qazcube",
            "PANEL_OAUTH_ENCRYPTION": Fernet.generate_key().decode(),
            "PANEL_USER_KEY": "name",
            "PANEL_COOKIE_SECRET": secrets.token_hex(32),
        },
    }
]
c.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "access:services"]}]
