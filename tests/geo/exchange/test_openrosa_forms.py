"""The forms of ODK: what pyxform makes of the workbooks, what ODK Validate says of it, and that they fit the model."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import get_args

import pytest
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from geo.chainage import Side
from geo.exchange.openrosa import KINDS, LOCATION, PHOTO
from geo.exchange.openrosa_forms import FOLDER, forms, hash_of
from geo.exchange.rows import PATHS
from geo.intake.report_body import NEEDS

ROOT = Path(__file__).parents[3]
WORKBOOKS = sorted(FOLDER.glob("*.xlsx"))
LANGUAGES = ("中文 (zh)", "English (en)")
OWN_VOCABULARY = {"vertical_datum", "carriageway"}  # which no table of the model lists


def sheet(path: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a sheet by its header; a workbook without the sheet has none."""
    workbook = load_workbook(path, read_only=True)
    try:
        rows = [] if name not in workbook.sheetnames else list(workbook[name].iter_rows(values_only=True))
    finally:
        workbook.close()
    return [{str(key): str(cell) for key, cell in zip(rows[0], row, strict=True) if cell} for row in rows[1:]]


def test_there_is_a_workbook_for_each_form() -> None:
    assert {each.stem for each in WORKBOOKS} == set(KINDS) == {each.stem for each in FOLDER.glob("*.xml")}


@pytest.mark.parametrize("workbook", WORKBOOKS, ids=lambda path: path.stem)
def test_form_is_what_pyxform_makes_and_odk_validate_passes_it(workbook: Path) -> None:
    assert shutil.which("java"), "ODK Validate needs a Java runtime (default-jre-headless)"
    made = convert(workbook, validate=True, pretty_print=True)
    assert made.warnings == []
    assert workbook.with_suffix(".xml").read_text("utf-8") == made.xform


def test_odk_validate_really_looks(tmp_path: Path) -> None:
    workbook = load_workbook(WORKBOOKS[0])
    row = next(row for row in workbook["survey"].iter_rows() if row[0].value == "calculate")
    header = [cell.value for cell in workbook["survey"][1]]
    row[header.index("calculation")].value = "no-such-function(1)"
    workbook.save(tmp_path / "bad.xlsx")
    with pytest.raises(Exception, match="no-such-function"):
        convert(tmp_path / "bad.xlsx", validate=True)


@pytest.mark.parametrize("workbook", WORKBOOKS, ids=lambda path: path.stem)
def test_questions_are_members_of_a_report_in_both_languages(workbook: Path) -> None:
    survey = sheet(workbook, "survey")
    names = {row["name"] for row in survey}
    assert all(name in PATHS or name == LOCATION or PHOTO.fullmatch(name) for name in names)
    required = {row["name"] for row in survey if row.get("required") == "yes"}
    needed = {LOCATION if each.startswith("position") else each for each in NEEDS[KINDS[workbook.stem]]}
    assert needed | {"observed_at"} <= required
    for row in survey:
        for column in ("label", "hint", "constraint_message"):
            given = [bool(row.get(f"{column}::{language}")) for language in LANGUAGES]
            assert given[0] == given[1]
            assert column != "label" or given[0] or row["type"] == "calculate"


@pytest.mark.parametrize("workbook", WORKBOOKS, ids=lambda path: path.stem)
def test_choices_are_the_model_s_vocabularies(workbook: Path) -> None:
    with (ROOT / "data" / "erqi" / "vocabularies.csv").open(encoding="utf-8", newline="") as file:
        terms = [(row["scheme"], row["code"], row["label_zh"], row["label_en"]) for row in csv.DictReader(file)]
    choices = [tuple(row.values()) for row in sheet(workbook, "choices")]
    used = {each[0] for each in choices} - OWN_VOCABULARY
    assert [each for each in choices if each[0] not in OWN_VOCABULARY] == [each for each in terms if each[0] in used]


def test_carriageways_of_the_form_are_those_that_a_report_takes() -> None:
    choices = sheet(FOLDER / "erqi_task_progress.xlsx", "choices")
    assert {row["name"] for row in choices} == set(get_args(Side))


def test_forms_are_listed_with_version_and_hash() -> None:
    for form in forms().values():
        assert form.version.isdecimal()
        assert form.title
        assert hash_of(form.xml).startswith("md5:")
    assert forms()["erqi_position_fix"].lists == ("checkpoints.csv", "sites.csv")
