"""Accounts: found where they are set up, shown to nobody, sent to nobody else."""

from __future__ import annotations

import dataclasses
import logging

import pytest

from analysis.sources import list_sources
from analysis.sources.fetching import AccountError, FetchError, accounts, fetch, plan
from analysis.sources.fetching.accounts import ACCOUNTS, Account, Credentials, headers, state
from tests.sources.fetching.conftest import QUICK

DATA = b"\x89HDF\r\n\x1a\n" + bytes(1000)


@pytest.fixture(autouse=True)
def _nobody(monkeypatch, tmp_path):
    for one in ACCOUNTS.values():
        for name in filter(None, (one.token, one.user, one.password)):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


@pytest.fixture
def loopback(server, source, monkeypatch):
    """A source that needs an account whose host is 127.0.0.1, and nothing else."""
    account = dataclasses.replace(
        ACCOUNTS["earthdata"],
        machine="127.0.0.1",
        password_hosts=("127.0.0.1",),
        token_hosts=("127.0.0.1",),
    )
    monkeypatch.setitem(ACCOUNTS, "earthdata", account)
    server.files["a.h5"] = DATA
    way = {"how": "files", "urls": [server.url("a.h5")]}
    return source(way, access="account", account="earthdata", pattern="*.h5")


def test_missing_is_said_before_anything_is_asked(server, loopback):
    assert plan("tide", pause=0.0).account == "missing"
    server.requests.clear()
    with pytest.raises(AccountError, match=r"get one at https://urs\.earthdata\.nasa"):
        fetch("tide", **QUICK)
    assert not any(one.sent > 100 for one in server.requests)


@pytest.mark.parametrize("way", ["token", "environment", "netrc"])
def test_what_is_set_up_is_used(server, loopback, monkeypatch, tmp_path, way):
    if way == "token":
        monkeypatch.setenv("EARTHDATA_TOKEN", "t0p-secret")
        server.needs["a.h5"] = "Bearer t0p-secret"
    else:
        server.needs["a.h5"] = "Basic bWU6dDBwLXNlY3JldA=="  # me:t0p-secret
        if way == "environment":
            monkeypatch.setenv("EARTHDATA_USERNAME", "me")
            monkeypatch.setenv("EARTHDATA_PASSWORD", "t0p-secret")
        else:
            path = tmp_path / "home" / ".netrc"
            path.write_text("machine 127.0.0.1 login me password t0p-secret\n")
            path.chmod(0o600)
    assert state("earthdata") == ("netrc" if way == "netrc" else "environment")
    fetch("tide", **QUICK)
    assert (loopback / "a.h5").read_bytes() == DATA


def test_a_wrong_password_is_told_without_it(server, loopback, monkeypatch, caplog):
    monkeypatch.setenv("EARTHDATA_TOKEN", "t0p-secret")
    server.needs["a.h5"] = "Bearer another"
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(AccountError, match="answered 401 although the account") as caught,
    ):
        fetch("tide", **QUICK)
    assert "t0p-secret" not in str(caught.value) + repr(caught.value) + caplog.text


def test_a_page_to_log_in_is_told_as_such(server, loopback, monkeypatch):
    monkeypatch.setenv("EARTHDATA_TOKEN", "t0p-secret")
    server.fault("a.h5", "html", times=None)
    with pytest.raises(AccountError, match="sent a page to log in instead of the file"):
        fetch("tide", **QUICK)
    assert [one.name for one in loopback.glob("*") if one.name[0] != "."] == []


def test_a_redirect_to_another_host_gets_no_secret(server, loopback, monkeypatch):
    monkeypatch.setenv("EARTHDATA_TOKEN", "t0p-secret")
    monkeypatch.setenv("EARTHDATA_USERNAME", "me")
    monkeypatch.setenv("EARTHDATA_PASSWORD", "t0p-secret")
    server.files["else/a.h5"] = DATA
    there = server.url("else/a.h5", host="localhost")
    server.fault("a.h5", "redirect", times=None, to=there)
    fetch("tide", **QUICK)
    assert (loopback / "a.h5").read_bytes() == DATA
    first = [one.headers.get("authorization") for one in server.asked("a.h5")]
    assert set(first) == {"Bearer t0p-secret"}
    for one in server.asked("else/a.h5"):
        assert "authorization" not in one.headers
        assert "cookie" not in one.headers


def test_a_login_on_another_host_opens_a_session_and_only_it_gets_the_password(
    server, loopback, monkeypatch
):
    changed = dataclasses.replace(
        ACCOUNTS["earthdata"], token_hosts=(), password_hosts=("localhost",)
    )
    monkeypatch.setitem(ACCOUNTS, "earthdata", changed)
    monkeypatch.setenv("EARTHDATA_USERNAME", "me")
    monkeypatch.setenv("EARTHDATA_PASSWORD", "t0p-secret")
    server.login = "Basic bWU6dDBwLXNlY3JldA=="
    server.sessions.add("a.h5")
    fetch("tide", **QUICK)
    assert (loopback / "a.h5").read_bytes() == DATA
    for one in server.requests:
        at_login = one.path == "oauth/authorize"
        assert ("authorization" in one.headers) is at_login
        assert not (at_login and "cookie" in one.headers)
    assert len(server.asked("oauth/authorize")) == 1, "a session is opened once"
    server.login = "Basic another"
    (loopback / "a.h5").unlink()
    with pytest.raises(AccountError, match=r"localhost:.* answered 401 although the account"):
        fetch("tide", **QUICK)


def test_nothing_secret_is_written(server, loopback, monkeypatch):
    monkeypatch.setenv("EARTHDATA_TOKEN", "t0p-secret")
    fetch("tide", **QUICK)
    for path in loopback.rglob("*"):
        assert b"t0p-secret" not in path.read_bytes()


def test_a_name_and_password_are_exchanged_for_a_token_once(server, loopback, monkeypatch):
    changed = dataclasses.replace(
        ACCOUNTS["earthdata"], password_hosts=(), token_url=server.url("token")
    )
    monkeypatch.setitem(ACCOUNTS, "earthdata", changed)
    monkeypatch.setenv("EARTHDATA_USERNAME", "me")
    monkeypatch.setenv("EARTHDATA_PASSWORD", "secret")
    server.needs["a.h5"] = "Bearer exchanged"
    fetch("tide", **QUICK)
    assert len(server.asked("token")) == 1
    monkeypatch.setenv("EARTHDATA_PASSWORD", "wrong")
    (loopback / "a.h5").unlink()
    with pytest.raises(FetchError, match="answered 401 although"):
        fetch("tide", **QUICK)


def test_a_damaged_netrc_is_told_without_what_stands_in_it(tmp_path):
    path = tmp_path / "home" / ".netrc"
    path.write_text("machine urs.earthdata.nasa.gov login me pasword t0p-secret\n")
    with pytest.raises(ValueError, match=r"\.netrc cannot be read \(line 1\)") as caught:
        state("earthdata")
    assert "t0p" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://urs.earthdata.nasa.gov/oauth/authorize", True),
        ("https://urs.earthdata.nasa.gov.evil.org/", False),
        ("https://evil.org/urs.earthdata.nasa.gov", False),
        ("https://xurs.earthdata.nasa.gov/", False),
        ("http://urs.earthdata.nasa.gov/", False),
        ("https://urs.earthdata.nasa.gov@evil.org/", False),
    ],
)
def test_a_password_goes_to_its_host_only(url, sent):
    found = Credentials("me", "secret")
    assert bool(headers(ACCOUNTS["earthdata"], found, url)) is sent


def test_secrets_have_no_text():
    assert "secret" not in repr(Credentials("me", "secret", "secret"))


def test_every_account_that_a_download_needs_is_known():
    table = list_sources()
    needed = table[table["fetch"].isin(["files", "granules", "listing", "stac"])]
    for name in set(needed["account"]) - {""}:
        assert isinstance(accounts.account(name), Account)
        assert accounts.how_to(name)
