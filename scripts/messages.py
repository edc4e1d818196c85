"""Collect the texts of the product and keep the message catalogues complete.

``python scripts/messages.py`` writes new texts into ``analysis/locale/kk.po`` and
``ru.po`` and drops those that are no longer used; ``--check`` changes nothing and
ends with 1 where a text is not translated.
"""

import argparse
import ast
import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "analysis" / "locale"
FOLDERS = ("analysis", "apps")
HEADER = """msgid ""
msgstr ""
"Language: {}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
FIELD = re.compile(r"\{([^{}]*)\}")


def collect(root: Path = ROOT) -> Catalog:
    """Collect every text inside ``_("...")``, in f-strings too."""
    catalogue = Catalog(project="Qazcube", charset="utf-8")
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.py")):
        for text, line in texts(path):
            if text is None:
                place = f"{path.relative_to(root)}:{line}"
                raise ValueError(f"{place}: _() takes the text itself, not a name of it")
            catalogue.add(text, locations=[(path.relative_to(root).as_posix(), 0)])
    return catalogue


def texts(path: Path) -> list[tuple[str | None, int]]:
    """List the texts of a module and their lines; None where there is no literal text."""
    found: list[tuple[str | None, int]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or len(node.args) != 1:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", None))
        if name == "_":
            value = node.args[0]
            literal = isinstance(value, ast.Constant) and isinstance(value.value, str)
            found.append((value.value if literal else None, node.lineno))
    return found


def read(language: str) -> Catalog:
    """Read the catalogue of a language."""
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def faults(language: str, template: Catalog) -> list[str]:
    """List what is untranslated, unused, or has lost a field."""
    catalogue = read(language)
    wrong = []
    for message in template:
        if not message.id:
            continue
        own = catalogue.get(message.id)
        if own is None or not own.string or own.fuzzy:
            wrong.append(f"{language}: not translated: {message.id!r}")
        elif sorted(FIELD.findall(str(message.id))) != sorted(FIELD.findall(str(own.string))):
            wrong.append(f"{language}: other fields: {message.id!r} -> {own.string!r}")
    unused = {str(own.id) for own in catalogue if own.id} - {str(own.id) for own in template}
    return wrong + [f"{language}: not used: {text!r}" for text in sorted(unused)]


def update(language: str, template: Catalog) -> None:
    """Write the texts of the product into the catalogue of a language."""
    catalogue = read(language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for message in catalogue:
        message.flags.clear()
    body = BytesIO()
    write_po(body, catalogue, width=100, sort_output=True, omit_header=True, include_lineno=False)
    (LOCALE / f"{language}.po").write_bytes(HEADER.format(language).encode() + body.getvalue())


def main() -> int:
    """Update the catalogues, or check them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, report faults")
    check = parser.parse_args().check
    template = collect()
    wrong = []
    for language in ("kk", "ru"):
        if not check:
            update(language, template)
        wrong += faults(language, template)
    for line in wrong:
        print(line)
    print(f"{len([own for own in template if own.id])} texts, {len(wrong)} faults")
    return int(bool(wrong)) if check else 0


if __name__ == "__main__":
    sys.exit(main())
