"""The words of the pages of reviewers and commanders: both languages, each used, one for every code that is met."""

from __future__ import annotations

import re

import pytest

from api.web.desk_pages import catalogue
from geo.intake.decision import STEPS
from geo.intake.merging import TARGETS
from geo.intake.queue import FLAGS
from maps.assets import WEB

NAMED = re.compile(r"""["']([a-z_]+)["']""")
# Made of a prefix and a code: the codes there are.
REVIEWS = {
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
TOKENS = {
    "ask_": {"label", "role", "unit", "checkpoint", "days", "kinds", "trusted"},
    "head_": {"label", "opens", "until", "state"},
    "state_": {"counts", "waits", "used", "revoked", "expired"},
    "kind_": {"token", "link"},
}
MADE = {
    name: {prefix + code for prefix, codes in families.items() for code in codes}
    for name, families in (("reviews", REVIEWS), ("tokens", TOKENS))
}
PAGES = pytest.mark.parametrize("name", list(MADE))


def sources(name: str) -> str:
    templates = WEB / "templates"
    shared = [*sorted((WEB / "shared").glob("*.js")), templates / "desk_base.html"]
    files = [*sorted((WEB / name).glob("*.js")), templates / f"{name}.html", *shared]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@PAGES
def test_every_word_has_both_languages_and_the_same_places(name: str) -> None:
    for key, text in catalogue(name).items():
        assert text.zh.strip(), key
        assert text.en.strip(), key
        assert sorted(re.findall(r"\{\w+\}", text.zh)) == sorted(re.findall(r"\{\w+\}", text.en)), key


@PAGES
def test_scripts_use_every_word_and_no_other(name: str) -> None:
    text, known = sources(name), set(catalogue(name))
    of_page = text if name == "reviews" else text.replace((WEB / "shared" / "words.js").read_text("utf-8"), "")
    asked = set(re.findall(r"""\b(?:t|said)\(["']([a-z_]+)["'][,)]""", of_page))
    assert asked <= known
    assert MADE[name] <= known
    unused = {key for key in known - MADE[name] if key not in set(NAMED.findall(text))}
    assert {key for key in unused if not key.startswith("field_")} == set()


def test_every_field_that_a_report_sets_has_a_name() -> None:
    set_by_reports = {name for target in TARGETS.values() for names in target.fields.items() for name in names}
    derived = {"water_level_m", "vertical_datum", "hazard_kind", "actual_start", "actual_finish"}
    others = {"position_accuracy_m", "case_id"}
    assert {f"field_{name}" for name in set_by_reports | derived | others} == {
        key for key in catalogue("reviews") if key.startswith("field_")
    }
