"""Who a visitor is: nobody becomes another one by what he writes into a cookie."""

from __future__ import annotations

from analysis.uploads import visitor_space
from apps.views.sources.owner import COOKIE, new_token, token_of


def test_a_cookie_cannot_claim_the_files_of_a_login():
    login = token_of({}, "anna")
    assert token_of({COOKIE: login}, "anna") == login
    for user in (None, "guest", "default_user"):
        assert token_of({COOKIE: login}, user) == ""
    other = token_of({COOKIE: login}, "bolat")
    assert visitor_space(other).folder != visitor_space(login).folder


def test_every_new_word_is_taken_from_its_cookie():
    words = {new_token() for _ in range(50)}
    assert len(words) == 50
    assert all(token_of({COOKIE: one}, None) == one for one in words)
