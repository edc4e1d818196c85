"""Names of places on a map: none over another, none in letters that the reader does not use."""

from types import SimpleNamespace
from typing import Any

import pytest

from apps.views.basemap import LETTER, LINE, BaseMap
from apps.views.geometry import to_mercator

SIZE = 900, 600
# west, south, east, north in degrees
PLACES = {"Fergana": (68, 38, 74, 42), "Volga": (40, 50, 56, 60), "Mosul": (40, 33, 48, 38)}


def names(language: str, degrees: tuple[float, float, float, float]) -> dict[str, list[Any]]:
    plot = SimpleNamespace(size=lambda: SIZE, towns=SimpleNamespace(data=None))
    west, south = to_mercator(degrees[0], degrees[1])
    east, north = to_mercator(degrees[2], degrees[3])
    window = (float(west), float(south), float(east), float(north))
    BaseMap(plot, language).push_names(window, visible=True)  # type: ignore[arg-type]
    data: dict[str, list[Any]] = plot.towns.data
    across, up = SIZE[0] / (window[2] - window[0]), SIZE[1] / (window[3] - window[1])
    return {
        "left": [(x - window[0]) * across for x in data["x"]],
        "foot": [(y - window[1]) * up for y in data["y"]],
        "text": data["text"],
    }


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_no_name_lies_over_another(where: str, language: str) -> None:
    shown = names(language, PLACES[where])
    boxes = list(zip(shown["left"], shown["foot"], shown["text"], strict=True))
    assert len(boxes) > 5
    for at, (left, foot, text) in enumerate(boxes):
        for other, foot_other, text_other in boxes[:at]:
            apart = left >= other + len(text_other) * LETTER or other >= left + len(text) * LETTER
            assert apart or abs(foot - foot_other) >= LINE


def test_names_are_in_the_letters_of_the_reader() -> None:
    assert any("Maw" in text for text in names("en", PLACES["Mosul"])["text"])
    for language in ("kk", "ru"):
        texts = names(language, PLACES["Mosul"])["text"]
        assert len(texts) > 5
        assert all(any("\u0400" <= letter <= "\u04ff" for letter in text) for text in texts)
