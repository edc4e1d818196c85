"""Catalogues as people write them: what they left out is filled in, what is unsafe is refused.

Intake 2 demands every key of every entry and can import any code that a catalogue names; a
person writes a name and a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from analysis.sources.formats import Format, find_format, formats
from analysis.sources.ways import DOWNLOADS
from analysis.spelling import did_you_mean

# Other readers of Intake run modules, servers or pickles.
SAFE_READERS: Final = re.compile(
    r"^(intake\.readers\.readers:(XArray(Dataset|Pattern)Reader|GeoPandas(Reader|Tabular)"
    r"|Dask(Parquet|CSV|CSVPattern|JSON|GeoParquet)|Pandas(Parquet|Feather|ORC|CSV|Excel))"
    r"|analysis(\.\w+)+:\w+)$"
)
SAFE_DATATYPES: Final = re.compile(r"^(intake\.readers\.datatypes|analysis(\.\w+)+):\w+$")
SAFE_PARAMETERS: Final = re.compile(
    r"^intake\.readers\.user_parameters:"
    r"(Base|Simple|Options|NamedOptions|MultiOption|BoundedNumber)UserParameter$"
)
# Intake reads the value of a parameter as a template even without braces.
_CODE: Final = re.compile(r"(\{\s*|^)(func|import|shell|pickle\w*|unpickle)\s*\(")
_SECTIONS: Final = ("version", "metadata", "aliases", "user_parameters", "data", "entries")
_SHORT: Final = ("url", "format", "kwargs")
_FULL: Final = ("reader", "output_instance", "kwargs", "metadata", "user_parameters")
NAME: Final = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")


def complete(rows: Any) -> dict[str, Any]:
    """Fill in the keys of a catalogue that Intake 2 demands.

    Parameters
    ----------
    rows : mapping
        As read from YAML.

    Returns
    -------
    dict
        A new, complete catalogue.

    Raises
    ------
    ValueError
        Unknown keys or names, or code that may not be imported.

    Examples
    --------
    >>> rows = complete({"entries": {"wells": {"url": "wells.csv"}}})
    >>> rows["entries"]["wells"]["reader"], rows["aliases"]
    ('intake.readers.readers:DaskCSV', {'wells': 'wells'})
    """
    if not isinstance(rows, Mapping):
        raise ValueError("it is no mapping with the key 'entries'.")
    _known_keys(rows, _SECTIONS, "the catalogue")
    if rows.get("version", 2) != 2:
        raise ValueError(f"it has version {rows['version']!r}; only version 2 is read.")
    data = {name: _data(name, row) for name, row in _rows(rows, "data")}
    entries = {}
    for name, row in _rows(rows, "entries"):
        if not NAME.match(name):
            raise ValueError(f"{name!r} is no name: letters, digits and _ only, a letter first.")
        entries[name] = _short(name, row, data) if "url" in row else _full(name, row)
    parameters = _parameters(rows, "the catalogue")
    aliases = {name: name for name in entries} | dict(rows.get("aliases") or {})
    for alias, target in aliases.items():
        if target not in entries:
            hint = did_you_mean(str(target), entries)
            raise ValueError(f"the alias {alias!r} points to {target!r}, which is no entry. {hint}")
    out = {
        "version": 2,
        "metadata": dict(rows.get("metadata") or {}),
        "aliases": aliases,
        "user_parameters": parameters,
        "data": data,
        "entries": entries,
    }
    refuse_code(out)
    return out


def _rows(rows: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, row in (rows.get(section) or {}).items():
        if not isinstance(row, Mapping):
            raise ValueError(f"{section}: {name!r} is no mapping but {row!r}.")
        yield str(name), row


def _known_keys(row: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in row:
        if key not in known:
            raise ValueError(f"{where} has the key {key!r}. {did_you_mean(str(key), known)}")


def _data(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    _known_keys(row, ("datatype", "url", "kwargs", "metadata", "user_parameters"), f"data {name!r}")
    kwargs = dict(row.get("kwargs") or {})
    if "url" in row:
        kwargs["url"] = row["url"]
    if "url" not in kwargs:
        raise ValueError(f"data {name!r} has no url.")
    datatype = str(row.get("datatype") or find_format(str(kwargs["url"])).datatype)
    _check_import(datatype, SAFE_DATATYPES, f"data {name!r}")
    return {
        "datatype": datatype,
        "kwargs": kwargs | {"url": _absolute(str(kwargs["url"]))},
        "metadata": dict(row.get("metadata") or {}),
        "user_parameters": _parameters(row, f"data {name!r}"),
    }


def _absolute(url: str) -> str:
    """Address relative to the catalogue, as Intake wants it."""
    if url.startswith("~"):
        return str(Path(url).expanduser())
    rooted = url.startswith(("/", "{CATALOG_", "{env(", DOWNLOADS)) or Path(url).is_absolute()
    if rooted or "://" in url or "::" in url:
        return url
    return "{CATALOG_DIR}/" + url


def _short(name: str, row: Mapping[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Entry and data of the short form; all keys that are not of the form are metadata."""
    given = row.get("format")
    form: Format = find_format(str(row["url"]), None if given is None else str(given))
    data[f"{name}_file"] = _data(
        f"{name}_file", {"datatype": form.datatype, "url": str(row["url"])}
    )
    metadata = {key: value for key, value in row.items() if key not in (*_SHORT, "metadata")}
    return {
        "reader": form.reader,
        "output_instance": form.output,
        "kwargs": {
            "args": [f"{{data({name}_file)}}"],
            **form.options,
            **dict(row.get("kwargs") or {}),
        },
        "metadata": {**metadata, **dict(row.get("metadata") or {}), "format": form.name},
        "user_parameters": {},
    }


def _full(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    _known_keys(row, _FULL, f"the entry {name!r}")
    if "reader" not in row:
        raise ValueError(f"the entry {name!r} has neither url nor reader.")
    reader = str(row["reader"])
    _check_import(reader, SAFE_READERS, f"the entry {name!r}")
    outputs = {one.reader: one.output for one in formats().values()}
    return {
        "reader": reader,
        "output_instance": row.get("output_instance") or outputs.get(reader),
        "kwargs": dict(row.get("kwargs") or {}),
        "metadata": dict(row.get("metadata") or {}),
        "user_parameters": _parameters(row, f"the entry {name!r}"),
    }


def _parameters(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    given = row.get("user_parameters") or {}
    if not isinstance(given, Mapping):
        raise ValueError(f"{where} has user_parameters {given!r}; write them by name.")
    for name, one in given.items():
        if not isinstance(one, Mapping):
            raise ValueError(f"the parameter {name!r} is {one!r}; give its cls and default.")
        _check_import(str(one.get("cls", "")), SAFE_PARAMETERS, f"the parameter {name!r}")
    return dict(given)


def _check_import(target: str, safe: re.Pattern[str], where: str) -> None:
    if not safe.match(target):
        raise ValueError(
            f"{where} names {target!r}, which is not imported: only Intake's readers of grids, "
            "tables and vectors and those of analysis are."
        )


def refuse_code(value: Any) -> None:
    """Refuse templates by which Intake would import or run something.

    Parameters
    ----------
    value : object
        Mapping, sequence or single value of a catalogue or of a parameter.

    Raises
    ------
    ValueError
        A text is such a template.
    """
    if isinstance(value, Mapping):
        for part in value.values():
            refuse_code(part)
    elif isinstance(value, (list, tuple, set)):
        for part in value:
            refuse_code(part)
    elif isinstance(value, str) and _CODE.search(value):
        raise ValueError(f"{value!r} would run code; write the value itself.")
