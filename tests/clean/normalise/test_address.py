"""Addresses: golden cases, and every district of an independent list."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from huaxiang.clean.normalise import normaliser

ADDRESS = normaliser("address")
GOLDEN = Path(__file__).parents[1] / "golden" / "addresses.csv"
REFERENCE = Path(__file__).resolve().parents[4] / "shared/data/reference_cn"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", rows(GOLDEN), ids=lambda case: case["input"])
def test_golden(case: dict[str, str]) -> None:
    canonical = ADDRESS.normalise(case["input"])
    assert canonical is not None
    expected = tuple(case[column] or None for column in ADDRESS.derived)
    assert ADDRESS.derive(canonical) == expected


def test_every_district_of_the_reference_list_is_read_back() -> None:
    if not REFERENCE.is_dir():
        pytest.skip("the shared reference data (reference_cn) is not beside the repository")
    provinces = {row["code"]: row["name"] for row in rows(REFERENCE / "provinces.csv")}
    cities = {row["code"]: row["name"] for row in rows(REFERENCE / "cities.csv")}
    areas = rows(REFERENCE / "areas.csv")
    wrong = []
    for area in areas:
        province, city, district = provinces[area["provinceCode"]], cities[area["cityCode"]], area["name"]
        text = f"{province}{city}{district}某某路1号"
        # In the list 北京's city is called 市辖区 and 仙桃's 省直辖县级行政区划; here they are 北京市 and 仙桃市.
        own = province if city in ("市辖区", "县") else district if "直辖" in city else city
        if ADDRESS.derive(text) != (province, own, district):
            wrong.append((text, ADDRESS.derive(text)))
    # What is not read back are development zones and a few new districts that the packaged list does not have.
    assert len(wrong) <= 0.05 * len(areas), wrong
