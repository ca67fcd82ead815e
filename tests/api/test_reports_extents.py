"""Reports of a stretch of a segment, as they come over HTTP: kept, shown, or refused by their member."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql

from geo.access.tokens import Secret
from geo.intake.storing import Shape, store_statement
from tests.api.field_work import REPORTS, SEEN, a_report, read_back, send, stored
from tests.api.holders import problem_of
from tests.api.uploading import Site, site
from tests.conftest import DISTRICT, TestServer

TASK, SEGMENT = "songshan-05-carriageway", "songshan-05"  # K3+202 to K3+612.5
EXTENT = {"from": "K3+250", "to": "K3+480", "carriageway": "left"}
KEPT = "SELECT from_m::float, to_m::float, carriageway FROM reports WHERE id = %s"


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "reports_extents", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field")


def progress(percent: float = 40, **members: Any) -> dict[str, Any]:
    said = {"kind": "task_progress", "task_id": TASK, "progress_percent": percent, "note": None, **members}
    return {name: value for name, value in a_report(**said).items() if value is not None}


def kept(place: Site, report_id: str) -> tuple[Any, ...]:
    (row,) = place.rows(KEPT, report_id)
    return (row["from_m"], row["to_m"], row["carriageway"])


def test_stretch_is_kept_and_published_with_its_report(place: Site, sender: Secret) -> None:
    value = progress(extent=EXTENT)
    answer = send(place, sender, value)
    assert answer.status_code == 201, answer.text
    assert answer.json()["segment_id"] == SEGMENT
    assert kept(place, value["id"]) == (3250, 3480, "left")
    told = place.call("GET", f"/ogc/collections/reports/items/{value['id']}", sender).json()["properties"]
    assert (told["from_m"], told["to_m"], told["carriageway"]) == (3250, 3480, "left")
    assert send(place, sender, value).json() == answer.json()  # sent again, it is the same report
    other = send(place, sender, {**value, "extent": {**EXTENT, "carriageway": "right"}})
    assert (other.status_code, other.json()["differences"][0]["field"]) == (409, "extent.carriageway")


def test_end_printed_to_the_metre_is_the_segments_own(place: Site, sender: Secret) -> None:
    to_the_end = stored(place, sender, **progress(extent={"from": "K3+202", "to": "K3+612", "carriageway": "both"}))
    assert kept(place, to_the_end["id"]) == (3202, 3612.5, "both")
    inside = stored(place, sender, **progress(extent={"from": "K3+203", "to": "K3+611.9", "carriageway": "both"}))
    assert kept(place, inside["id"]) == (3203, 3611.9, "both")


def test_report_without_a_stretch_beside_one_with_it_is_of_the_whole(place: Site, sender: Secret) -> None:
    values = [progress(extent=EXTENT), progress(), a_report()]
    verdicts = place.call("POST", f"{REPORTS}/batch", sender, json={"reports": values}).json()["verdicts"]
    assert [each["status"] for each in verdicts] == [201] * 3
    assert [kept(place, each["id"])[2] for each in values] == ["left", None, None]


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"extent": {**EXTENT, "from": "3250"}}, "extent.from"),
        ({"extent": {**EXTENT, "from": "K3+480"}}, "extent.to"),
        ({"extent": {**EXTENT, "to": "K3+100"}}, "extent.to"),
        ({"extent": {**EXTENT, "carriageway": "middle"}}, "extent.carriageway"),
        ({"extent": {"from": "K3+250", "to": "K3+480"}}, "extent.carriageway"),
        ({"extent": {**EXTENT, "side": "left"}}, "extent.side"),
        ({"extent": "K3+250-K3+480 左幅"}, "extent"),
        ({"extent": {**EXTENT, "from": "K3+201"}}, "extent.from"),
        ({"extent": {**EXTENT, "from": "K1+000", "to": "K2+000"}}, "extent.from"),
        ({"extent": {**EXTENT, "from": "K3+612", "to": "K3+700"}}, "extent.to"),
        ({"extent": {**EXTENT, "from": "K4+000", "to": "K5+000"}}, "extent.from"),
        ({"extent": {**EXTENT, "to": "K3+613.1"}}, "extent.to"),
        ({"extent": EXTENT, "task_id": "liuzhai_phase2-tender", "site_id": None}, "task_id"),
        ({"extent": EXTENT, "task_id": "jinghu_aqueduct-drill"}, "extent"),
        ({"extent": EXTENT, "kind": "note", "note": "看到", "task_id": None, "progress_percent": None}, "extent"),
    ],
)
def test_stretch_that_is_none_of_the_task_is_refused_by_its_member(
    place: Site, sender: Secret, members: dict[str, Any], field: str
) -> None:
    answer = send(place, sender, progress(**members))
    problem = answer.json()
    assert (answer.status_code, problem_of(answer), problem["field"]) == (422, "unprocessable-content", field)
    assert f"“{field}”" in problem["detail_zh"]
    assert f"“{field}”" in problem["detail_en"]


def test_statement_of_reports_without_a_stretch_has_nothing_of_it() -> None:
    """It is begun some hundred times a second, and what no report has would only be planned in vain."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it without types
    texts = {
        extents: str(store_statement(DISTRICT, Shape(extents=extents)).compile(dialect=dialect))
        for extents in (True, False)
    }
    assert "carriageway" in texts[True]
    assert not {"carriageway", "begins_m"} & set(re.findall(r"\w+", texts[False]))


def test_files_say_stretches_in_columns(place: Site, sender: Secret) -> None:
    table = (
        "类别,时间,节点,进度,起点桩号,终点桩号,幅\r\n"
        f"task_progress,{SEEN},{TASK},80,K3+300,K3+400,右幅\r\n"
        f"task_progress,{SEEN},{TASK},80,K3+300,K3+400,中幅\r\n"
    )
    path, headers = f"{REPORTS}/import", {"Content-Type": "text/csv"}
    first, second = place.call("POST", path, sender, content=table.encode(), headers=headers).json()["verdicts"]
    assert kept(place, first["id"]) == (3300, 3400, "right")
    assert second["problem"]["field"] == "extent.carriageway"
    said = {**progress(70), "extent_from": "K3+300", "extent_to": "K3+400", "carriageway": "both"}
    feature = {"type": "Feature", "geometry": None, "properties": said}
    collection = {"type": "FeatureCollection", "features": [feature]}
    headers = {"Content-Type": "application/geo+json"}
    (found,) = place.call("POST", path, sender, json=collection, headers=headers).json()["verdicts"]
    assert kept(place, found["id"]) == (3300, 3400, "both")


def test_reviewer_accepts_a_stretch_or_rejects_it(place: Site, sender: Secret) -> None:
    """What others said of other stretches meanwhile is no conflict, and there is no present value to keep."""
    reviewer = place.issue("reviewer")
    task = "songshan-05-facade"
    (seen,) = place.rows("SELECT version FROM tasks WHERE id = %s", task)

    def decide(report: dict[str, Any], **more: Any) -> Any:
        path = f"{REPORTS}/{report['id']}/reviews"
        return place.call("POST", path, reviewer, json={"to": "accepted", "reason": "已核实", **more})

    whole = stored(place, sender, **progress(50, task_id=task, base_version=seen["version"]))
    assert decide(whole).status_code == 201
    said = progress(90, task_id=task, base_version=seen["version"], extent=EXTENT)
    stretch = stored(place, sender, **{**said, "observed_at": "2020-06-02T12:00:00+08:00"})
    refusal = decide(stretch, fields={"progress_percent": "current"})
    assert (problem_of(refusal), refusal.json()["field"]) == ("unprocessable-content", "fields")
    assert decide(stretch).status_code == 201
    # 410.5 m long: 230 of 821 m of carriageway at 90 %, the rest at 50 %
    (row,) = place.rows("SELECT progress_percent::float AS done FROM tasks WHERE id = %s", task)
    assert row["done"] == pytest.approx(50 + 40 * 230 / 821, abs=0.005)
    parts = place.call("GET", "/ogc/collections/progress_parts/items", sender).json()["features"]
    assert [each["id"] for each in parts] == [
        "songshan-05:both:3202", "songshan-05:both:3480", "songshan-05:left:3250", "songshan-05:right:3250",
    ]  # fmt: skip
    assert read_back(place, sender, stretch["id"])["status"] == "accepted"
