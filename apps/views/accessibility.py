"""The document around a page: language, title, skip link, and mends for assistive technology."""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import panel_material_ui as pmui
from panel_material_ui.base import BASE_PATH

from analysis.language import check, locale_of, translator
from apps.views.theme import palette, variables

SCRIPT = Path(__file__).with_suffix(".js")
BASE = BASE_PATH / "_templates" / "base.html"

STYLE = """
html, body { background: var(--qc-page); color: var(--qc-text); font-family: var(--qc-font); }
.qc-skip { position: fixed; left: 12px; top: -60px; z-index: 10000; padding: 10px 16px;
  background: var(--qc-surface); color: var(--qc-primary); border-radius: 0 0 8px 8px;
  font: 600 16px var(--qc-font); outline: 3px solid var(--qc-primary); }
.qc-skip:focus { top: 0; }
#qc-voice { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#qc-loading { position: fixed; inset: 0; display: flex; flex-direction: column; gap: 16px;
  align-items: center; justify-content: center; font: 16px var(--qc-font); color: var(--qc-muted); }
#qc-loading i { width: 160px; height: 4px; border-radius: 2px; overflow: hidden;
  background: var(--qc-line); }
#qc-loading i::after { content: ""; display: block; width: 40%; height: 100%;
  background: var(--qc-primary); animation: qc-slide 1.1s ease-in-out infinite alternate; }
/* what is drawn already can be seen and used while the rest of the page comes */
#loader:not(.error) { background: none !important; pointer-events: none; }
#loader .spinner { display: none; }
@keyframes qc-slide { from { transform: none } to { transform: translateX(150%) } }
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation-duration: .01ms !important; transition: none !important; }
}
@media print { .qc-skip, #qc-loading { display: none } }
"""


def labels(language: str) -> dict[str, str]:
    """Translate the names that the widget library gives in English.

    Parameters
    ----------
    language : str
        One of ``analysis.language.LANGUAGES``.

    Returns
    -------
    dict of str to str
        English name to the name in `language`.

    Raises
    ------
    ValueError
        The language is unknown.

    Examples
    --------
    >>> labels("en")["Open drawer"]
    'Open the menu'
    """
    _ = translator(check(language))
    return {
        "Open drawer": _("Open the menu"),
        "Close drawer": _("Close the menu"),
        "Toggle theme": _("Light or dark"),
        "Open contextbar": _("Open the details"),
        "Close contextbar": _("Close the details"),
        "Go to the Previous Month": _("Previous month"),
        "Go to the Next Month": _("Next month"),
        "Navigation bar": _("Months"),
        "Open": _("Open"),
        "Close": _("Close"),
        "Clear": _("Clear"),
        "Pan": _("Pan"),
        "Wheel Zoom": _("Zoom with the wheel"),
        "Box Zoom": _("Zoom into a box"),
        "Zoom In": _("Zoom in"),
        "Zoom Out": _("Zoom out"),
        "Reset": _("Reset"),
        "Save": _("Save a picture"),
        "Hover": _("Show values under the pointer"),
        "Tap": _("Choose a point"),
        "Box Select": _("Select a box"),
        "Lasso Select": _("Select by a loop"),
        "Crosshair": _("Crosshair"),
        "Polygon Draw": _("Draw a polygon"),
    }


def calendar(language: str) -> dict[str, Any]:
    """Give the names of months and weekdays for the calendar of the widget library.

    Parameters
    ----------
    language : str
        One of ``analysis.language.LANGUAGES``.

    Returns
    -------
    dict
        ``months`` (English name to the name alone and within a date),
        ``weekdays`` (English name to the name and its short form), ``caption``.

    Raises
    ------
    ValueError
        The language is unknown.

    Examples
    --------
    >>> calendar("ru")["months"]["March"]
    ['март', 'марта']
    """
    own, english = locale_of(language), locale_of("en")
    alone, within = own.months["stand-alone"]["wide"], own.months["format"]["wide"]
    days, short = own.days["stand-alone"]["wide"], own.days["stand-alone"]["abbreviated"]
    return {
        "months": {
            name: [alone[number].lower(), within[number]]
            for number, name in english.months["format"]["wide"].items()
        },
        "weekdays": {
            name: [days[number], short[number]]
            for number, name in english.days["format"]["wide"].items()
        },
        "caption": "{year} ж. {month}" if language == "kk" else "{month} {year}",
    }


def head(language: str, theme: str, *, chosen: bool, themed: bool = False) -> str:
    """Write the style and the script that go into the head of the document.

    Parameters
    ----------
    language : str
        Language of the page.
    theme : {"light", "dark"}
        Theme at the first view.
    chosen : bool
        Whether the visitor chose the language himself; it is remembered then.
    themed : bool, optional
        Whether the address names the theme; it is remembered then.

    Returns
    -------
    str
        Two elements of HTML.

    Raises
    ------
    ValueError
        The language or the theme is unknown.

    Examples
    --------
    >>> "QAZCUBE_CONFIG" in head("kk", "light", chosen=False)
    False
    """
    _ = translator(language)
    palette(theme)
    config = {
        "language": language,
        "theme": theme,
        "chosen": chosen,
        "themed": themed,
        "labels": labels(language),
        "calendar": calendar(language),
        "notices": [
            (r"Attempting to reconnect in (\d+) seconds…", _("Next attempt in {count} s.")),
            (r"Reconnecting now\.()", _("Connecting …")),
            (r"Connection with server was re-established\.()", _("The connection is back.")),
        ],
        "pages": [
            (r"pagination navigation", _("Pages of the table")),
            (r"Go to previous page", _("Previous page")),
            (r"Go to next page", _("Next page")),
            (r"(?:Go to )?page (\d+)", _("Page {page}")),
        ],
        "messages": {
            "more": _("More:"),
            "less": _("Less:"),
            "choose": _("Choose:"),
            "busy": _("Working"),
            "drawer": _("Menu"),
            "details": _("Details"),
            "copied": _("Copied"),
            "lost": _("The connection to the server was lost."),
            "reconnect": _("Connect again"),
            "figure": _("Map or chart"),
        },
    }
    text = json.dumps(config, ensure_ascii=False).replace("</", "<\\/")
    script = SCRIPT.read_text(encoding="utf-8").replace("QAZCUBE_CONFIG", text, 1)
    return f"<style>{variables()}{STYLE}</style>\n<script>{script}</script>"


@cache
def template(
    language: str, theme: str, *, chosen: bool = False, themed: bool = False, skip: str = ""
) -> str:
    """Make the document template of a page.

    The library's own template says ``lang="en"`` whatever the language is;
    ours differs in the language, the head and what is read first.

    Parameters
    ----------
    language : str
        Language of the page.
    theme : {"light", "dark"}
        Theme at the first view.
    chosen : bool, optional
        Whether the visitor chose the language himself.
    themed : bool, optional
        Whether the address names the theme.
    skip : str, optional
        Text of the link that jumps over the bar; without it to the content.

    Returns
    -------
    str
        A jinja template.

    Raises
    ------
    ValueError
        The language or the theme is unknown.
    RuntimeError
        The library's template has changed and cannot be mended.

    Examples
    --------
    >>> '<html lang="kk"' in template("kk", "dark")
    True
    """
    _ = translator(language)
    body = (
        f'<nav aria-label="{escape(_("Shortcut"))}"><a class="qc-skip" href="#main" '
        'onclick="qazcube.skip(event)">'
        f"{escape(skip or _('Skip to the content'))}</a></nav>"
        '<div id="qc-voice" role="status" aria-live="polite"></div>'
        f'<div id="qc-loading" role="status"><strong>Qazcube</strong><i></i>'
        f"<span>{escape(_('The page is being prepared.'))}</span>"
        f"<noscript>{escape(_('This page needs JavaScript.'))}</noscript></div>"
    )
    text = BASE.read_text(encoding="utf-8")
    changes = {
        '<html lang="en"': f'<html lang="{language}"',
        '<meta charset="utf-8">': '<meta charset="utf-8">{% raw %}'
        + head(language, theme, chosen=chosen, themed=themed)
        + "{% endraw %}",
        "{% block inner_body %}": "{% block inner_body %}" + body,
        "'Resources could not be loaded.'": repr(_("The page could not be loaded. Reload it.")),
    }
    for old, new in changes.items():
        if old not in text:
            raise RuntimeError(f"panel-material-ui {pmui.__version__}: no {old!r} in {BASE.name}")
        text = text.replace(old, new, 1)
    return text
