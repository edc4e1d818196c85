"""Legends: complete, without doubles, mapped to one another."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis.agrarian.legends import NODATA, legend, legend_of

NAMES = ("kazakhstan", "cover", "use", "worldcover")


@pytest.mark.parametrize("name", NAMES)
def test_every_class_is_complete(name: str) -> None:
    found = legend(name)
    assert set(found.title) == {"kk", "ru", "en"}
    codes = [one.code for one in found.classes]
    assert len(set(codes)) == len(codes) == len(set(found.keys))
    assert NODATA not in codes
    assert max(codes) < 256
    assert len(set(found.colours.values())) == len(found)
    for one in found.classes:
        assert set(one.names) == {"kk", "ru", "en"}
        assert all(one.names.values())
        assert re.fullmatch("#[0-9a-f]{6}", one.colour)
        assert one.lccs in ("", "A11", "A12", "A24", "B15", "B16", "B28")
    for language in ("kk", "ru", "en"):
        words = list(found.names(language).values())
        assert len(set(words)) == len(words)


def test_classes_of_kazakhstan_have_cover_use_and_worldcover() -> None:
    land, cover, use, world = (legend(name) for name in NAMES)
    for one in land.classes:
        assert one.cover in cover.keys
        assert one.use in use.keys
        assert world[one.worldcover].code == one.worldcover
        assert cover[one.cover].worldcover == one.worldcover or one.key == "perennial"
    wanted = {"arable", "fallow", "pasture", "hayfield", "forest", "water", "built", "saline"}
    assert wanted | {"bare"} <= set(land.keys)


def test_recoding_keeps_shape_and_no_data() -> None:
    land = legend()
    codes = np.array([[0, 1], [2, 12]])
    assert land.recode(codes, "use").tolist() == [[0, 1], [1, 9]]
    assert land.recode(codes, "worldcover").tolist() == [[0, 40], [40, 60]]
    with pytest.raises(ValueError, match="code 77"):
        land.recode([77], "cover")
    with pytest.raises(ValueError, match="code -1"):
        land.recode([-1], "cover")
    with pytest.raises(ValueError, match="cannot be turned into 'lccs'"):
        land.recode([1], "lccs")
    with pytest.raises(ValueError, match="'use' cannot be turned"):
        legend("use").recode([1], "cover")


def test_a_map_of_any_labels_has_a_legend() -> None:
    made = legend_of(["Forest", "Егістік жер", "pasture"])
    assert made["Forest"].names["kk"] == "Орман"
    assert made["Егістік жер"].names["en"] == "Егістік жер"
    assert made.colormap()[0] == (0, 0, 0, 0)
    assert made.colormap()[3] == (0xD6, 0xDC, 0x8C, 255)
    many = legend_of([f"class {n}" for n in range(40)])
    assert many.codes["class 39"] == 40
    for labels, match in ((["a", "a"], "twice"), ([], "1 to 254"), (map(str, range(255)), "254")):
        with pytest.raises(ValueError, match=match):
            legend_of(labels)


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="Did you mean 'kazakhstan'"):
        legend("kazakstan")
    with pytest.raises(ValueError, match="Did you mean 'water'"):
        _ = legend()["watter"]
    with pytest.raises(ValueError, match="kk, ru or en"):
        legend().names("de")
