"""The commands of land cover: from imagery and samples to hectares, in one folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis import cli
from analysis.agrarian.mapping import open_map
from tests.agrarian.mapping import mapkit


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QAZCUBE_LANGUAGE", "en")


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(cli.app, ["landcover", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("land")
    mapkit.cube().assign_attrs(simulated=1).to_netcdf(made / "cube.nc")
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 40, 150), rng.integers(0, 60, 150)
    places = pd.DataFrame({"longitude": 65 + 0.01 * columns, "latitude": 52 + 0.01 * rows})
    places["label"] = np.array(mapkit.LABELS)[mapkit.truth()[rows, columns]]
    places.assign(start="2021-01-01", end="2021-12-31").to_csv(made / "samples.csv", index=False)
    return made


def test_from_imagery_to_hectares(folder: Path) -> None:
    out = folder / "land.tif"
    text = run(
        *("classify", folder / "cube.nc", "--samples", folder / "samples.csv", "--out", out),
        *("--classifier", "LinearDiscriminant"),
    )
    assert "Simulated imagery" in text
    assert "Classifier: LinearDiscriminant." in text
    assert "how right they are is not known yet" in text
    assert "arable" in text
    assert (folder / "land.tif.aux.xml").is_file()
    zarr = folder / "land.zarr"
    assert (open_map(zarr)["class"] == mapkit.truth() + 1).mean() > 0.95
    run("smooth", zarr, "--out", folder / "smooth", "--method", "majority", "--radius", 1)
    text = run("areas", zarr, "--units", "demo_districts", "--out", folder / "areas.csv")
    assert "demo-39-03" in text
    table = pd.read_csv(folder / "areas.csv")
    assert table["area_ha"].sum() == pytest.approx(mapkit.truth().size * 76, rel=0.02)
    text = run("change", zarr, folder / "smooth", "--out", folder / "change.csv")
    assert "Judge the change by a sample" in text
    assert pd.read_csv(folder / "change.csv", index_col=0).shape == (3, 3)


def test_a_sample_is_drawn_and_judges_the_map(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zarr = folder / "land.zarr"
    text = run("design", zarr, "--out", folder / "places.csv", "--error", 0.03, "--seed", 4)
    places = pd.read_csv(folder / "places.csv")
    assert f"{len(places)} places" in text
    assert "map" not in places
    empty = run("accuracy", zarr, "--points", folder / "places.csv", code=2)
    assert "The column label is empty" in empty
    rows = np.rint((places["latitude"] - 52) * 100).astype(int)
    columns = np.rint((places["longitude"] - 65) * 100).astype(int)
    places["label"] = np.array(mapkit.LABELS)[mapkit.truth()[rows, columns]]
    places.to_csv(folder / "places.csv", index=False)
    text = run("accuracy", zarr, "--points", folder / "places.csv", "--out", folder / "acc.csv")
    assert "Overall accuracy 0.9" in text or "Overall accuracy 1.0" in text
    found = pd.read_csv(folder / "acc.csv", index_col=0)
    assert found.loc["all", "n_map"] == len(places)
    names = {"arable": "Егістік", "forest": "лес", "water": "Water"}
    said = pd.concat([places, places.iloc[:2]]).assign(label=lambda one: one["label"].map(names))
    said.to_csv(folder / "said.csv", index=False)
    again = run("accuracy", zarr, "--points", folder / "said.csv")
    assert "2 points lie in a pixel of another point" in again
    assert text.splitlines()[0] in again
    said.assign(label="Soy").to_csv(folder / "soy.csv", index=False)
    assert "'Soy'" in run("accuracy", zarr, "--points", folder / "soy.csv", code=2)
    soy = run("accuracy", zarr, "--points", folder / "soy.csv", "--also", "Soy")
    assert "Overall accuracy 0.000" in soy
    matrix = pd.DataFrame(np.eye(3, dtype=int) * 20 + 2, mapkit.LABELS, mapkit.LABELS)
    matrix.to_csv(folder / "matrix.csv")
    text = run("areas", zarr, "--matrix", folder / "matrix.csv")
    assert "synthetic estimate" in text
    assert "Nothing says that these places were drawn" in text
    units = ("--units", "demo_districts", "--points", folder / "places.csv")
    text = run("areas", zarr, *units)
    assert "synthetic estimate" in text
    assert "Nothing says" not in text
    monkeypatch.setenv("QAZCUBE_LANGUAGE", "ru")
    assert "синтетическая оценка" in run("areas", zarr, "--matrix", folder / "matrix.csv")
    monkeypatch.setenv("QAZCUBE_LANGUAGE", "en")
    matrix.assign(Total=matrix.sum(axis=1)).to_csv(folder / "matrix.csv")
    text = run("accuracy", zarr, "--matrix", folder / "matrix.csv", code=2)
    assert "'Total' of the error matrix is the sum of the others" in text


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["areas", "nowhere"], "There is no map at nowhere"),
        (
            ["classify", "{bin}", "--samples", "{samples}", "--out", "x"],
            "is no imagery that can be read",
        ),
        (
            ["classify", "{no}", "--samples", "{samples}", "--out", "x"],
            "There is no file or folder",
        ),
        (["accuracy", "{land}"], "either --matrix or --points"),
        (["design", "{land}", "--out", "x.csv", "--allocation", "neiman"], "'neyman'"),
        (
            ["classify", "{cube}", "--samples", "{samples}", "--out", "x", "--year", 1999],
            "no date in 1999",
        ),
        (
            ["classify", "{cube}", "--samples", "{samples}", "--out", "x", "--classifier", "RF"],
            "RandomForest",
        ),
    ],
)
def test_what_is_wrong_is_told(folder: Path, arguments: list[object], match: str) -> None:
    (folder / "bin.nc").write_bytes(bytes(range(256)) * 9)
    names = {"land": "land.zarr", "cube": "cube.nc", "samples": "samples.csv"}
    names |= {"bin": "bin.nc", "no": "no.nc"}
    paths = {key: str(folder / name) for key, name in names.items()}
    text = run(*(str(one).format(**paths) for one in arguments), code=2)
    assert match in text.replace("\n", " ")
