"""What can go wrong between us and an earthquake service."""

from __future__ import annotations

from typing import Final

_WORDS: Final = 300  # of a service's text that a message repeats


class ServiceError(ValueError):
    """A service could not be asked, or answered with an error.

    Attributes
    ----------
    message : str
        What is wrong, without what follows.
    url : str
        What was asked for.
    status : int or None
        HTTP status; None where no answer came.
    text : str
        First words of the service.

    Examples
    --------
    >>> str(ServiceError("It is busy.", "https://quakes.example/query", 503, "Come back later"))
    "It is busy. (https://quakes.example/query, status 503: 'Come back later')"
    """

    def __init__(self, message: str, url: str = "", status: int | None = None, text: str = ""):
        self.message, self.url, self.status = message, url, status
        self.text = first_words(text)
        about = [url] if url else []
        if status is not None:
            about.append(f"status {status}" + (f": {self.text!r}" if self.text else ""))
        elif self.text:
            about.append(repr(self.text))
        super().__init__(f"{message} ({', '.join(about)})" if about else message)

    def at(self, url: str, status: int | None) -> ServiceError:
        """Return the same error with the address and the status of the answer.

        Parameters
        ----------
        url : str
            What was asked for.
        status : int or None
            HTTP status.

        Returns
        -------
        ServiceError
            Of the same class.

        Examples
        --------
        >>> str(IncompleteAnswerError("It broke off.").at("https://quakes.example/query", 200))
        'It broke off. (https://quakes.example/query, status 200)'
        """
        return type(self)(self.message, url, status, self.text)


class TooManyEventsError(ServiceError):
    """More events match than the service gives in one answer: ask for a shorter time."""


class NoSuchEventError(ServiceError):
    """The service knows no event of this id."""


class DeletedEventError(ServiceError):
    """The service has deleted the event of this id."""


class IncompleteAnswerError(ServiceError):
    """An answer ended before its end."""


class UnreadableAnswerError(ServiceError):
    """An answer is not in the format that was asked for."""


def first_words(text: str | bytes) -> str:
    """Return the beginning of a text in one line.

    Parameters
    ----------
    text : str or bytes
        Anything, of any length.

    Returns
    -------
    str
        At most 300 characters, without the tags of HTML.

    Examples
    --------
    >>> first_words(b"<html><title>Log in</title>  <p>Please</p>")
    'Log in Please'
    """
    if isinstance(text, bytes):
        text = text[: 8 * _WORDS].decode("utf-8", "replace")
    inside, kept = False, []
    looks_like_tags = text.lstrip().startswith("<")
    for sign in text[: 8 * _WORDS]:
        if looks_like_tags and sign in "<>":
            inside = sign == "<"
            kept.append(" ")
        elif not inside:
            kept.append(sign)
    plain = " ".join("".join(kept).split()) or " ".join(text[:_WORDS].split())
    return plain if len(plain) <= _WORDS else plain[: _WORDS - 1] + "…"
