"""The dialogs of the frame: help and share, plain HTML that needs no server."""

from collections.abc import Callable
from html import escape


def dialog(_: Callable[[str], str], name: str, title: str, content: str) -> str:
    """Write a dialog that the frame's script opens.

    Parameters
    ----------
    _ : callable
        Translates an English text.
    name : str
        Name by which the script finds it.
    title : str
        Heading.
    content : str
        HTML of the content.

    Returns
    -------
    str
        HTML of a ``dialog`` element; Esc and a button close it.
    """
    return (
        f'<dialog data-name="{name}" aria-labelledby="qc-{name}"><h2 id="qc-{name}">'
        f"{escape(title)}</h2>{content}<form method='dialog' class='row'>"
        f'<button class="action quiet">{escape(_("Close"))}</button></form></dialog>'
    )


def share_dialog(_: Callable[[str], str]) -> str:
    """Write the dialog with the address of the present view.

    Parameters
    ----------
    _ : callable
        Translates an English text.

    Returns
    -------
    str
        HTML.
    """
    about = _("This address opens the same view: place, layers, filters, time, language, theme.")
    return dialog(
        _,
        "share",
        _("Share this view"),
        f'<p>{escape(about)}</p><div class="address">'
        f'<input data-address readonly aria-label="{escape(_("Address"))}">'
        '<button type="button" class="action" onclick="qazcube.copy(this.previousElementSibling)'
        f'.then((text) =&gt; {{ this.textContent = text; }})">{escape(_("Copy"))}</button></div>',
    )


def help_dialog(_: Callable[[str], str]) -> str:
    """Write the dialog that says how to work, with the pointer and with keys.

    Parameters
    ----------
    _ : callable
        Translates an English text.

    Returns
    -------
    str
        HTML.
    """
    steps = (
        _("Choose a layer and a date in the menu on the left."),
        _("Click the map, type longitude and latitude, or find a place by its name."),
        _("Read the history of that cell in the chart below; add further points to compare them."),
        _("Take it away: download series, tables and maps, or copy the lines of Python."),
        _("Share the address: it restores the whole view."),
    )
    keys = (
        ("Tab", _("go to the next control; Shift and Tab go back")),
        ("Enter", _("press a button, open a list, go to the typed coordinates")),
        ("↑ ↓ ← →", _("move a slider or go through a list")),
        ("Esc", _("close a list, the menu or this help")),
    )
    listed = "".join(f"<li>{escape(step)}</li>" for step in steps)
    rows = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{escape(text)}</dd>" for key, text in keys)
    simulated = _(
        "Data marked as simulated were made by a program for teaching; they are no observations."
    )
    return dialog(
        _,
        "help",
        _("How to use Qazcube"),
        f"<ol>{listed}</ol><h3>{escape(_('Keyboard'))}</h3><dl>{rows}</dl>"
        f"<h3>{escape(_('About the data'))}</h3><p>{escape(simulated)}</p>",
    )
