"""Colours, fonts and the logo: one table for pages, figures and pictures."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bokeh.themes import Theme

FONTS = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", "Helvetica Neue", '
    "Arial, sans-serif"
)
"""Fonts of the reader's own system, every one with the Kazakh letters."""


@dataclass(frozen=True)
class Palette:
    """Colours of one theme, as ``#rrggbb``.

    Attributes
    ----------
    bar, on_bar : str
        Top bar and the text on it.
    primary, on_primary : str
        Buttons, links and marks, and the text on them.
    secondary, on_secondary : str
        A second accent, for what was chosen.
    page, surface : str
        Behind everything; cards and drawers.
    text, muted, line : str
        Text, quieter text, rules between things.
    error, warning, success, info : str
        Meanings, never by colour alone.
    """

    bar: str
    on_bar: str
    primary: str
    on_primary: str
    secondary: str
    on_secondary: str
    page: str
    surface: str
    text: str
    muted: str
    line: str
    error: str
    warning: str
    success: str
    info: str


LIGHT = Palette(
    bar="#0b3b49",
    on_bar="#ffffff",
    primary="#0b6478",
    on_primary="#ffffff",
    secondary="#9a4a06",
    on_secondary="#ffffff",
    page="#f3f6f7",
    surface="#ffffff",
    text="#12262d",
    muted="#4a616a",
    line="#d3dde0",
    error="#b3261e",
    warning="#8a5200",
    success="#1b6e3c",
    info="#0b6478",
)
DARK = Palette(
    bar="#08252e",
    on_bar="#ffffff",
    primary="#6cc8da",
    on_primary="#04242c",
    secondary="#f0b070",
    on_secondary="#2b1600",
    page="#0d171b",
    surface="#142227",
    text="#e7f0f2",
    muted="#a5b9c0",
    line="#2d4149",
    error="#ff9d94",
    warning="#f2bd6b",
    success="#82d3a0",
    info="#6cc8da",
)
PALETTES = MappingProxyType({"light": LIGHT, "dark": DARK})
"""The two themes by name."""

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32" '
    'aria-hidden="true" focusable="false">'
    '<path d="M16 2 28 9v14l-12 7L4 23V9z" fill="#0f7d92"/>'
    '<path d="M16 2 28 9l-12 7L4 9z" fill="#8edbe6"/>'
    '<path d="M16 16 28 9v14l-12 7z" fill="#0a5566"/>'
    '<path d="M8 6.7 20 13.7v14M12 4.3l12 7v14" fill="none" stroke="#fff" '
    'stroke-opacity=".45" stroke-width=".8"/>'
    '<path d="M5 19.5l3 1.7 1.5-4.2 2 8 1.5-3.5 2.5 1.4" fill="none" stroke="#ffd59a" '
    'stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/>'
    "</svg>"
)
"""The mark of the product: a cube of cells with a trace of a series on its face."""


def palette(theme: str) -> Palette:
    """Give the colours of a theme.

    Parameters
    ----------
    theme : {"light", "dark"}
        Name of the theme.

    Returns
    -------
    Palette
        Its colours.

    Raises
    ------
    ValueError
        There is no such theme.

    Examples
    --------
    >>> contrast(palette("dark").text, palette("dark").page) > 7
    True
    """
    if theme not in PALETTES:
        raise ValueError(f"unknown theme {theme!r}; allowed: {', '.join(PALETTES)}")
    return PALETTES[theme]


def contrast(first: str, second: str) -> float:
    """Compute the contrast ratio of two colours.

    Parameters
    ----------
    first, second : str
        Colours as ``#rrggbb``.

    Returns
    -------
    float
        From 1 (equal) to 21 (black and white); the order does not matter.

    Notes
    -----
    WCAG 2.2, definition of "contrast ratio".

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted((luminance(first), luminance(second)))
    return round((high + 0.05) / (low + 0.05), 2)


def luminance(colour: str) -> float:
    """Compute the relative luminance of a colour.

    Parameters
    ----------
    colour : str
        A colour as ``#rrggbb``.

    Returns
    -------
    float
        From 0 (black) to 1 (white).

    Notes
    -----
    WCAG 2.2, definition of "relative luminance".

    Examples
    --------
    >>> luminance("#000000")
    0.0
    """
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def material() -> dict[str, Any]:
    """Describe both themes to the widget library.

    Returns
    -------
    dict
        Value for ``theme_config`` of a page; its children inherit it.

    Examples
    --------
    >>> material()["light"]["palette"]["primary"]["main"] == LIGHT.primary
    True
    """
    return {name: material_theme(colours) for name, colours in PALETTES.items()}


def material_theme(colours: Palette) -> dict[str, Any]:
    """Describe one theme to the widget library.

    Parameters
    ----------
    colours : Palette
        The colours of the theme.

    Returns
    -------
    dict
        Palette, shape and typography as Material UI names them.

    Examples
    --------
    >>> material_theme(DARK)["palette"]["background"]["paper"] == DARK.surface
    True
    """
    tones = {
        "primary": {"main": colours.primary, "contrastText": colours.on_primary},
        "secondary": {"main": colours.secondary, "contrastText": colours.on_secondary},
        "error": {"main": colours.error},
        "warning": {"main": colours.warning},
        "success": {"main": colours.success},
        "info": {"main": colours.info},
        "background": {"default": colours.page, "paper": colours.surface},
        "text": {"primary": colours.text, "secondary": colours.muted},
        "divider": colours.line,
    }
    return {
        "palette": tones,
        "shape": {"borderRadius": 8},
        "typography": {"fontFamily": FONTS, "button": {"textTransform": "none"}},
    }


def variables() -> str:
    """Write the colours as custom properties of style sheets.

    Returns
    -------
    str
        Rules that set ``--qc-text`` and its like for both themes; the theme
        in force is the ``data-qc-theme`` of the document.

    Examples
    --------
    >>> "--qc-primary:" in variables()
    True
    """

    def rules(colours: Palette) -> str:
        return "".join(f"--qc-{name.replace('_', '-')}:{value};" for name, value in pairs(colours))

    return (
        f":root{{{rules(LIGHT)}--qc-font:{FONTS};color-scheme:light}}"
        f':root[data-qc-theme="dark"]{{{rules(DARK)}color-scheme:dark}}'
    )


def pairs(colours: Palette) -> list[tuple[str, str]]:
    """List the names and values of a palette.

    Parameters
    ----------
    colours : Palette
        The colours of a theme.

    Returns
    -------
    list of (str, str)
        Field name and colour, in the order of the fields.

    Examples
    --------
    >>> dict(pairs(LIGHT))["bar"] == LIGHT.bar
    True
    """
    return list(vars(colours).items())


def bokeh_theme(dark: bool) -> Theme:
    """Make the theme of Bokeh figures outside a page (pictures, notebooks).

    Inside a page the frame colours the figures itself and follows the theme
    switch; a document theme would stop it from doing so.

    Parameters
    ----------
    dark : bool
        Whether the background is dark.

    Returns
    -------
    bokeh.themes.Theme
        Fonts and colours for figures, axes, legends and colour bars.

    Examples
    --------
    >>> bokeh_theme(dark=True) is not bokeh_theme(dark=False)
    True
    """
    colours = DARK if dark else LIGHT
    label = {"text_color": colours.text, "text_font": FONTS, "text_font_style": "normal"}
    axis = {f"{part}_{key}": value for part in LABELS for key, value in label.items()} | {
        f"{part}_line_color": colours.muted for part in ("axis", "major_tick", "minor_tick")
    }
    face = {"background_fill_color": colours.surface, "border_line_color": colours.line}
    return Theme(
        json={
            "attrs": {
                "Plot": {
                    "background_fill_color": colours.surface,
                    "border_fill_color": colours.surface,
                    "outline_line_color": colours.line,
                },
                "Axis": axis,
                "Grid": {"grid_line_color": colours.line},
                "Title": label,
                "Legend": face | {f"label_{key}": value for key, value in label.items()},
                "ColorBar": face | axis_labels(label),
            }
        }
    )


LABELS = ("axis_label", "major_label")
"""Texts that a Bokeh axis has."""


def axis_labels(label: dict[str, str]) -> dict[str, str]:
    """Rename text properties for a colour bar.

    Parameters
    ----------
    label : dict of str to str
        Text properties of a label.

    Returns
    -------
    dict of str to str
        The same for the title and the numbers of a colour bar.

    Examples
    --------
    >>> axis_labels({"text_color": "red"})
    {'title_text_color': 'red', 'major_label_text_color': 'red'}
    """
    return {
        f"{part}_{key}": value for part in ("title", "major_label") for key, value in label.items()
    }
