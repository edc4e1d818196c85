"""Write the tables of ``docs/sources.md`` anew from the catalogue, the vocabulary and the formats.

``--check`` changes nothing and ends with 1 where the page says something else.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from analysis.sources.catalogue import CATALOGUE  # noqa: E402
from analysis.sources.entries import Entry, read_entry  # noqa: E402
from analysis.sources.formats import formats  # noqa: E402
from analysis.sources.vocabulary import vocabulary  # noqa: E402

PAGE = ROOT / "docs" / "sources.md"
HEAD = ("Entry", "Kind", "Variables and units", "Cadence, latency", "Degrees", "Where")
HEAD += ("From - to", "How it comes", "Simulated", "Licence")


def written(text: str) -> str:
    """Return the page with each part between its two marks written anew.

    Parameters
    ----------
    text : str
        The page.

    Returns
    -------
    str
        The page as the catalogue, the vocabulary and the formats have it.
    """
    parts = {"entries": entries(), "variables": variables(), "formats": kinds_of_file()}
    for name, lines in parts.items():
        begin, end = f"<!-- {name}: scripts/sources_table.py -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"{PAGE} has no part {begin} ... {end}")
        text = "\n".join([before + begin, "", *lines, "", end + after])
    return text


def entries() -> Iterator[str]:
    """Give the lines of the table and of the list of sources."""
    found = [
        read_entry(name, row["metadata"], row["metadata"]["kind"], ROOT / CATALOGUE)
        for name, row in yaml.safe_load((ROOT / CATALOGUE).read_text("utf-8"))["entries"].items()
    ]
    yield f"| {' | '.join(HEAD)} |"
    yield f"|{'---|' * len(HEAD)}"
    for one in found:
        units = ", ".join(f"{name} ({unit})" for name, unit in one.units.items()) or "-"
        cadence = f"{one.cadence}, {one.latency}" if one.latency else one.cadence
        cells = [f"`{one.name}`", one.kind, units, cadence]
        cells += [f"{one.resolution:g}" if one.resolution else "-", place(one), period(one)]
        cells += [way(one), "yes" if one.simulated else "no"]
        cells += [one.licence if one.public else f"{one.licence}; not on public pages"]
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
    yield ""
    for one in found:
        page = f" Page: <{one.homepage}>." if one.homepage else ""
        by = f" By: {one.provider}." if one.provider else ""
        about = one.description["en"].rstrip(".")
        yield f"- `{one.name}`: {about}.{by}{page} Cite: {one.citation.rstrip('.')}."


def place(one: Entry) -> str:
    """Say where a source has values."""
    west, south, east, north = one.coverage[:4]
    if (west, south, east, north) == (-180, -90, 180, 90):
        return "world"
    return f"{west:g} {south:g} {east:g} {north:g}"


def period(one: Entry) -> str:
    """Say when a source has values."""
    if one.cadence == "static":
        return "static"
    start, end = one.coverage.start, one.coverage.end
    return f"{start or 'chosen'} - {end or 'now'}"


def way(one: Entry) -> str:
    """Say how a source comes."""
    if one.fetch is None:
        return {"packaged": "packaged", "open": "asked when read"}.get(one.access, one.access)
    return f"{one.fetch.how}, account {one.account}" if one.account else one.fetch.how


def variables() -> Iterator[str]:
    """Give the lines of the table of variables."""
    yield "| Variable | Unit | Name | Plausible range |"
    yield "|---|---|---|---|"
    for name, row in vocabulary().items():
        known = [f"{edge:g}" for edge in (row.minimum, row.maximum) if edge is not None]
        spread = " to ".join(known) if len(known) == 2 else "-"
        yield f"| `{name}` | {row.units} | {row.names['en']} | {spread} |"


def kinds_of_file() -> Iterator[str]:
    """Give the lines of the table of formats."""
    yield "| Format | Suffixes | Names such as | What it becomes |"
    yield "|---|---|---|---|"
    for one in formats().values():
        names = ", ".join(f"`{example}`" for example in one.examples) or "-"
        yield f"| {one.name} | {' '.join(one.suffixes) or '-'} | {names} | {one.output} |"


def main() -> int:
    """Write or check the page; 1 where a check fails."""
    before = PAGE.read_text(encoding="utf-8")
    after = written(before)
    if "--check" in sys.argv[1:]:
        if before != after:
            print("docs/sources.md is out of step: run python scripts/sources_table.py")
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
