"""Accounts of data providers, read from the environment or netrc, never kept and never shown.

A name and password, or a token, go only over HTTPS and only to the hosts that this table lists
for the account: a redirect to another host goes there without them.
"""

from __future__ import annotations

import base64
import netrc
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from analysis.sources.fetching.errors import AccountError
from analysis.spelling import did_you_mean

State = Literal["environment", "netrc", "missing"]
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Account:
    """One provider of data that wants to know its users.

    Attributes
    ----------
    name, title : str
        Key of the table, name in words.
    register : str
        Where to get one.
    token : str
        Environment variable of a token; "" for none.
    user, password : str
        Environment variables of a name and its password.
    machine : str
        Host under which netrc has them.
    password_hosts, token_hosts : tuple of str
        Hosts that get them: a name, or its end with a leading dot.
    token_url : str
        Where name and password are exchanged for a token; "" where they are not.
    file : str
        Another file that counts as set up, below the home folder.
    """

    name: str
    title: str
    register: str
    token: str = ""
    user: str = ""
    password: str = ""
    machine: str = ""
    password_hosts: tuple[str, ...] = ()
    token_hosts: tuple[str, ...] = ()
    token_url: str = ""
    file: str = ""


@dataclass(frozen=True)
class Credentials:
    """A name and password, or a token; its text never shows them."""

    user: str = ""
    password: str = ""
    token: str = ""

    def __repr__(self) -> str:
        """Hide everything."""
        return "Credentials(...)"


ACCOUNTS: Final[dict[str, Account]] = {
    one.name: one
    for one in (
        Account(
            "earthdata",
            "NASA Earthdata Login",
            "https://urs.earthdata.nasa.gov/users/new",
            token="EARTHDATA_TOKEN",  # noqa: S106 - the name of a variable
            user="EARTHDATA_USERNAME",
            password="EARTHDATA_PASSWORD",  # noqa: S106 - the name of a variable
            machine="urs.earthdata.nasa.gov",
            password_hosts=("urs.earthdata.nasa.gov",),
            token_hosts=(
                ".earthdata.nasa.gov",
                ".earthdatacloud.nasa.gov",
                "cddis.nasa.gov",
                ".asf.alaska.edu",
            ),
        ),
        Account(
            "cdse",
            "Copernicus Data Space Ecosystem",
            "https://dataspace.copernicus.eu",
            token="CDSE_TOKEN",  # noqa: S106 - the name of a variable
            user="CDSE_USERNAME",
            password="CDSE_PASSWORD",  # noqa: S106 - the name of a variable
            machine="identity.dataspace.copernicus.eu",
            token_hosts=(".dataspace.copernicus.eu",),
            token_url=(  # noqa: S106 - an address
                "https://identity.dataspace.copernicus.eu"
                "/auth/realms/CDSE/protocol/openid-connect/token"
            ),
        ),
        Account(
            "cds",
            "Copernicus Climate Data Store",
            "https://cds.climate.copernicus.eu",
            token="CDSAPI_KEY",  # noqa: S106 - the name of a variable
            file=".cdsapirc",
        ),
        Account(
            "earthengine",
            "Google Earth Engine",
            "https://earthengine.google.com",
            file=".config/earthengine/credentials",
        ),
    )
}


def account(name: str) -> Account:
    """Find an account of the table.

    Parameters
    ----------
    name : str
        As in the key ``account`` of an entry.

    Returns
    -------
    Account

    Raises
    ------
    ValueError
        There is no such account.

    Examples
    --------
    >>> account("earthdata").machine
    'urs.earthdata.nasa.gov'
    """
    if name not in ACCOUNTS:
        raise ValueError(f"There is no account {name!r}. {did_you_mean(name, ACCOUNTS)}")
    return ACCOUNTS[name]


def state(name: str) -> State:
    """Tell whether an account is set up on this machine; nothing is asked over the network.

    Parameters
    ----------
    name : str
        As in the key ``account`` of an entry.

    Returns
    -------
    str
        ``environment``, ``netrc`` (or the provider's own file) or ``missing``.

    Raises
    ------
    ValueError
        There is no such account, or netrc cannot be read.
    """
    one = account(name)
    if (one.token and os.environ.get(one.token)) or (
        one.user and os.environ.get(one.user) and os.environ.get(one.password)
    ):
        return "environment"
    if one.machine and _netrc(one.machine) is not None:
        return "netrc"
    if one.file and (Path.home() / one.file).is_file():
        return "netrc"
    return "missing"


def credentials(one: Account) -> Credentials | None:
    """Read what the environment, then netrc, has for an account.

    Parameters
    ----------
    one : Account

    Returns
    -------
    Credentials or None
        None where nothing is set up.
    """
    token = os.environ.get(one.token, "") if one.token else ""
    user = os.environ.get(one.user, "") if one.user else ""
    password = os.environ.get(one.password, "") if one.password else ""
    if token or (user and password):
        return Credentials(user, password, token)
    return _netrc(one.machine) if one.machine else None


def _netrc(machine: str) -> Credentials | None:
    for path in _netrc_files():
        try:
            found = netrc.netrc(str(path)).hosts.get(machine)
        except (netrc.NetrcParseError, UnicodeDecodeError, OSError) as error:
            line = getattr(error, "lineno", None)
            where = f"line {line}" if line else "the whole of it"
            raise ValueError(f"{path} cannot be read ({where}); see docs/fetching.md.") from None
        if found and found[2]:
            return Credentials(user=found[0], password=found[2])
    return None


def _netrc_files() -> Iterator[Path]:
    given = os.environ.get("NETRC")
    names = [".netrc", "_netrc"] if sys.platform == "win32" else [".netrc"]
    for path in [Path(given)] if given else [Path.home() / name for name in names]:
        if path.is_file():
            yield path


def headers(one: Account | None, found: Credentials | None, url: str) -> dict[str, str]:
    """Give the header that tells who asks, where this host may know it.

    Parameters
    ----------
    one : Account or None
    found : Credentials or None
    url : str
        What is asked for, after all redirects so far.

    Returns
    -------
    dict
        Empty for every other host, and for plain HTTP.

    Examples
    --------
    >>> earthdata, secret = account("earthdata"), Credentials(token="t")
    >>> headers(earthdata, secret, "https://data.lpdaac.earthdatacloud.nasa.gov/a.hdf")
    {'Authorization': 'Bearer t'}
    >>> headers(earthdata, secret, "https://bucket.s3.amazonaws.com/a.hdf")
    {}
    >>> headers(earthdata, secret, "http://data.lpdaac.earthdatacloud.nasa.gov/a.hdf")
    {}
    """
    if one is None or found is None:
        return {}
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" and host not in _LOOPBACK:
        return {}
    if found.token and _listed(host, one.token_hosts):
        return {"Authorization": f"Bearer {found.token}"}
    if found.password and _listed(host, one.password_hosts):
        pair = base64.b64encode(f"{found.user}:{found.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {}


def _listed(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host == one.lstrip(".") or (one[0] == "." and host.endswith(one)) for one in hosts)


def refusal(name: str, status: int, host: str) -> AccountError:
    """Say what an answer of 401 or 403, or a page to log in, means and what to do.

    Parameters
    ----------
    name : str
        Account that the entry names, or "".
    status : int
        Of HTTP; 200 for a page to log in instead of the file.
    host : str
        Who said so.

    Returns
    -------
    AccountError
    """
    said = "sent a page to log in instead of the file" if status == 200 else f"answered {status}"
    if not name:
        return AccountError(f"{host} {said}: the file is not open to everybody.")
    one = account(name)
    if state(name) == "missing":
        return AccountError(f"{host} {said}. {how_to(name)}")
    return AccountError(
        f"{host} {said} although the account ({one.title}) is set up: check name, password or "
        "token, and whether this application is approved in your profile there."
    )


def how_to(name: str) -> str:
    """Say how an account is set up.

    Parameters
    ----------
    name : str
        As in the key ``account`` of an entry.

    Returns
    -------
    str
        In English.

    Examples
    --------
    >>> "EARTHDATA_TOKEN" in how_to("earthdata")
    True
    """
    one = account(name)
    ways = [f"set {one.token}"] if one.token else []
    ways += [f"set {one.user} and {one.password}"] if one.user else []
    ways += [f"write it under machine {one.machine} into .netrc"] if one.machine else []
    ways += [f"let its own program write ~/{one.file}"] if one.file else []
    return (
        f"It needs an account of {one.title}: get one at {one.register}, then {', or '.join(ways)}."
    )
