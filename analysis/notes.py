"""Sentences beside results, in English and, when asked, in Kazakh and Russian."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from analysis.language import check, format_number, translator


class Note(str):
    """A sentence in English that can be said in the other languages too.

    It is a `str`, so it can be printed, searched and stored like any other.

    Parameters
    ----------
    text : str
        In English, as it stands in the catalogues of messages, with fields for the values.
    values : mapping
        Field to number, word, other note, or list of these.

    Attributes
    ----------
    text, values
        As given.
    """

    text: str
    values: Mapping[str, Any]

    def __new__(cls, text: str, values: Mapping[str, Any]) -> Self:
        """Make the English sentence."""
        made = super().__new__(cls, _filled(text, values, "en"))
        made.text, made.values = text, dict(values)
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, Any]]:  # type: ignore[override]
        """Return what a copy is made from."""
        return self.text, self.values


def note(text: str, **values: Any) -> Note:
    r"""Make a note.

    Parameters
    ----------
    text : str
        In English, with fields; marked by ``_`` so that it is translated.
    **values
        Numbers (whole ones are written whole, others with up to four digits), words, other notes,
        or lists of these.

    Returns
    -------
    Note
        The sentence.

    Examples
    --------
    >>> told = note("{count} samples of {names}.", count=1200, names=["су", "құм"])
    >>> told, in_language(told, "ru")
    ('1,200 samples of су, құм.', '1\xa0200 samples of су, құм.')
    """
    return Note(text, values)


def in_language(sentence: str, language: str) -> str:
    """Say a note in a language.

    Parameters
    ----------
    sentence : str
        A note; any other text comes back as it is.
    language : str
        "kk", "ru" or "en".

    Returns
    -------
    str
        The sentence.

    Raises
    ------
    ValueError
        The language is another.

    Examples
    --------
    >>> in_language("No note.", "kk")
    'No note.'
    """
    if not isinstance(sentence, Note):
        check(language)
        return sentence
    return _filled(translator(language)(sentence.text), sentence.values, language)


def to_plain(sentence: str) -> Any:
    """Return a note as JSON can hold it; any other text as it is.

    Parameters
    ----------
    sentence : str
        A note or a text.

    Returns
    -------
    str or dict
        What :func:`from_plain` makes the same sentence of.

    Examples
    --------
    >>> from_plain(to_plain(note("{count} samples.", count=3))).values
    {'count': 3}
    """
    if not isinstance(sentence, Note):
        return sentence
    return {
        "text": sentence.text,
        "values": {key: _kept(one) for key, one in sentence.values.items()},
    }


def from_plain(kept: Any) -> str:
    """Return the sentence that :func:`to_plain` has written.

    Parameters
    ----------
    kept : str or dict
        What was written.

    Returns
    -------
    str
        A note, or a text as it was.
    """
    if not isinstance(kept, Mapping):
        return str(kept)
    return Note(kept["text"], {key: _taken(one) for key, one in kept["values"].items()})


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return to_plain(value)
    if isinstance(value, list | tuple):
        return [_kept(one) for one in value]
    return int(value) if float(value).is_integer() else float(value)


def _taken(value: Any) -> Any:
    if isinstance(value, list):
        return [_taken(one) for one in value]
    return from_plain(value) if isinstance(value, str | Mapping) else value


def mark(text: str) -> str:
    """Return a text as it is; under the name ``_`` it marks what the catalogues translate."""
    return text


def _filled(text: str, values: Mapping[str, Any], language: str) -> str:
    return text.format(**{name: _said(value, language) for name, value in values.items()})


def _said(value: Any, language: str) -> str:
    if isinstance(value, str):
        return in_language(value, language)
    if isinstance(value, list | tuple):
        return ", ".join(_said(one, language) for one in value)
    if float(value).is_integer():
        return format_number(value, language, 0)
    return format_number(float(f"{value:.4g}"), language)
