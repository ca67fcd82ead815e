"""The words of the reviewer's page: each in both languages, each used, and one for every code that the scripts meet."""

from __future__ import annotations

import re

from api.web.reviews_page import FOLDER, catalogue
from geo.intake.decision import STEPS
from geo.intake.merging import TARGETS
from geo.intake.queue import FLAGS

TEMPLATE = FOLDER.parent / "templates" / "reviews.html"
NAMED = re.compile(r"""["']([a-z_]+)["']""")
# Made of a prefix and a code: the codes there are.
FAMILIES = {
    "flag_": FLAGS,
    "why_": FLAGS,
    "step_": set(STEPS) - {"received"},
    "about_": set(STEPS) - {"received"},
    "filter_": {"status", "kind", "unit", "flag", "q"},
    "source_": {"device", "pin"},
    "side_": {"left", "right", "on"},
    "placement_": {"declared", "matched", "ambiguous", "unmatched", "none"},
    "channel_": {"api", "batch", "csv", "geojson", "gpx", "openrosa", "open311", "none"},
    "in_": {"minutes", "hours", "days"},
    "head_": {"field", "seen", "current", "becomes"},
    "changes_": {"water_level", "problem", "hazard", "position_fix", "none"},
    "case_": {"programme_id", "category", "territorial_unit_id", "sector_unit_id"},
}
MADE = {prefix + code for prefix, codes in FAMILIES.items() for code in codes}


def sources() -> str:
    files = [*sorted(FOLDER.glob("*.js")), TEMPLATE]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_word_has_both_languages_and_the_same_places() -> None:
    for key, text in catalogue().items():
        assert text.zh.strip(), key
        assert text.en.strip(), key
        assert sorted(re.findall(r"\{\w+\}", text.zh)) == sorted(re.findall(r"\{\w+\}", text.en)), key


def test_scripts_use_every_word_and_no_other() -> None:
    text = sources()
    asked = set(re.findall(r"""\b(?:t|said)\(["']([a-z_]+)["'][,)]""", text))
    assert asked <= set(catalogue())
    assert set(MADE) <= set(catalogue())
    unused = {key for key in catalogue() if key not in MADE and key not in set(NAMED.findall(text))}
    assert {key for key in unused if not key.startswith("field_")} == set()


def test_every_field_that_a_report_sets_has_a_name() -> None:
    set_by_reports = {name for target in TARGETS.values() for names in target.fields.items() for name in names}
    derived = {"water_level_m", "vertical_datum", "hazard_kind", "actual_start", "actual_finish"}
    others = {"position_accuracy_m", "case_id"}
    assert {f"field_{name}" for name in set_by_reports | derived | others} == {
        key for key in catalogue() if key.startswith("field_")
    }
