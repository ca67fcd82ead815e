"""Files of reports: CSV as offices write it, GeoJSON and GPX, with a verdict for each row; and hostile ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from geo.access.tokens import Secret
from tests.api.field_work import REPORTS, SEEN, read_back
from tests.api.holders import problem_of
from tests.api.uploading import Site, site
from tests.conftest import TestServer

IMPORT = f"{REPORTS}/import"
CSV, GEOJSON, GPX = "text/csv", "application/geo+json", "application/gpx+xml"
UNIT, OTHER_UNIT = "songshanlu", "minggonglu"
TRACK = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">
  <wpt lat="34.7240" lon="113.6221"><time>2020-06-01T04:00:00Z</time><name>井盖</name><desc>破损</desc></wpt>
  <wpt lat="34.73" lon="113.63"><name>没有时间</name></wpt>
</gpx>"""


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    assert seeded_url
    with site(server, "reports_import", tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field", unit_id=UNIT)


def give(place: Site, sender: Secret, body: str | bytes, media_type: str = CSV, **query: str) -> httpx.Response:
    data = body.encode() if isinstance(body, str) else body
    return place.call("POST", IMPORT, sender, content=data, headers={"Content-Type": media_type}, params=query)


def verdicts(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 207, answer.text
    found: list[dict[str, Any]] = answer.json()["verdicts"]
    return found


def everything(place: Site) -> int:
    return int(place.rows("SELECT count(*) AS n FROM reports")[0]["n"])


def test_table_of_an_office_is_read_with_a_verdict_for_each_row(place: Site, sender: Secret) -> None:
    table = (
        "类别,时间,经度,纬度,坐标系,精度,说明,节点,进度,单位\r\n"
        f'note,{SEEN},113.6221,34.7240,wgs84,8,"路面, 有""坑""\r\n第二行",,,\r\n'
        ",,,,,,,,,\r\n"
        f"task_progress,{SEEN},,,,,,songshan-07-carriageway,40,\r\n"
        f"task_progress,{SEEN},,,,,,songshan-07-carriageway,四十,\r\n"
        f"note,昨天,113.6221,34.7240,wgs84,8,说明,,,\r\n"
        f"note,{SEEN},,,,,别的单位,,,{OTHER_UNIT}\r\n"
        f"note,{SEEN},113.6221,34.7240,wgs84,8,说明,,,,多一格\r\n"
    ).encode("gb18030")
    found = verdicts(give(place, sender, table))
    assert [each["status"] for each in found] == [201, 201, 422, 422, 403, 422]
    problems = [each["problem"]["field"] for each in found if "problem" in each]
    assert problems == ["progress_percent", "observed_at", "unit_id", "column 11"]
    assert (found[0]["road_id"], found[0]["placement"]) == ("songshan", "matched")
    assert read_back(place, sender, found[0]["id"])["note"] == '路面, 有"坑"\r\n第二行'
    (row,) = place.rows("SELECT channel FROM submissions WHERE report_id = %s", found[0]["id"])
    assert row["channel"] == "csv"


def test_file_sent_again_stores_nothing_twice(place: Site, sender: Secret) -> None:
    table = f"observed_at,note\n{SEEN},甲\n{SEEN},乙\n{SEEN},甲\n"
    first = verdicts(give(place, sender, table, kind="note"))
    assert [each["status"] for each in first] == [201] * 3
    assert first[0]["id"] == first[2]["id"] != first[1]["id"]
    count = everything(place)
    assert verdicts(give(place, sender, table, kind="note")) == first
    assert everything(place) == count


def test_datum_of_a_table_is_declared_once_or_row_by_row(place: Site, sender: Secret) -> None:
    table = f"kind,observed_at,note,x,y,datum\nnote,{SEEN},甲,113.6,34.7,\nnote,{SEEN},乙,113.6,34.7,bd09\n"
    refused = verdicts(give(place, sender, table))
    assert [(each["status"], each.get("problem", {}).get("field")) for each in refused] == [
        (422, "position.datum"),
        (201, None),
    ]
    found = verdicts(give(place, sender, table, datum="gcj02"))
    datums = [read_back(place, sender, each["id"])["body"]["position"]["datum"] for each in found]
    assert datums == ["gcj02", "bd09"]


def test_feature_collection_has_a_verdict_for_each_feature(place: Site, sender: Secret) -> None:
    report_id = str(uuid4())
    point = {"type": "Point", "coordinates": [113.6221, 34.7240]}
    said = {"kind": "note", "observed_at": SEEN, "note": "路面"}
    features: list[Any] = [
        {"type": "Feature", "id": report_id, "geometry": point, "properties": said},
        {"type": "Feature", "geometry": None, "properties": {**said, "chainage": {"road": "嵩山路", "at": "K3+250"}}},
        {"type": "Feature", "geometry": {"type": "LineString", "coordinates": []}, "properties": said},
        {"type": "Feature", "geometry": point, "properties": {**said, "colour": "red"}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": ["a", None]}, "properties": said},
        {"type": "Feature", "geometry": point, "properties": [1]},
        7,
    ]
    found = verdicts(give(place, sender, json.dumps({"type": "FeatureCollection", "features": features}), GEOJSON))
    assert [each["status"] for each in found] == [201, 201, 422, 422, 422, 422, 422]
    assert found[0]["id"] == report_id
    assert (found[0]["road_id"], found[1]["chainage"]) == ("songshan", "K3+250")
    fields = [each["problem"]["field"] for each in found[2:]]
    assert fields == ["geometry", "colour", "position.x", "properties", "type"]


def test_waypoints_of_a_gpx_file_are_reports(place: Site, sender: Secret) -> None:
    found = verdicts(give(place, sender, TRACK, GPX))
    assert [each["status"] for each in found] == [201, 422]
    assert (found[0]["road_id"], found[1]["problem"]["field"]) == ("songshan", "observed_at")
    mine = read_back(place, sender, found[0]["id"])
    assert (mine["note"], mine["kind"], mine["channel"]) == ("井盖 破损", "note", "gpx")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + ']><gpx version="1.1"><wpt lat="1" lon="1"><name>&i;</name></wpt></gpx>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    '<gpx version="1.1"><wpt lat="34.7" lon="113.6"><name>&x;</name></wpt></gpx>'
)


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        (GPX, BOMB, 400),
        (GPX, OUTSIDE, 400),
        (GPX, "<gpx", 400),
        (GPX, "<html><script>alert(1)</script></html>", 400),
        (GPX, b"\xff\xfe\x00\x00", 400),
        (GEOJSON, "{" * 10_000, 400),
        (GEOJSON, '{"type":"FeatureCollection","features":' + "[" * 100_000, 400),
        (GEOJSON, '{"type":"Feature"}', 400),
        (GEOJSON, "\0", 400),
        (CSV, b"\xff\xfe\xff\xff\x80", 400),
        (CSV, b"", 400),
        (CSV, "kind,kind\n", 422),
        (CSV, "类别,kind\nnote,note\n", 422),
        (CSV, "kind,__proto__\nnote,1\n", 422),
        (CSV, 'kind\n"note', 400),
        (CSV, "kind\n" + "x" * 200_000 + "\n", 400),
        (CSV, "kind\n" + "note\n" * 10_001, 422),
        ("application/vnd.ms-excel", b"PK\x03\x04", 415),
        ("text/html", "<script>alert(1)</script>", 415),
    ],
)
def test_hostile_file_is_refused_as_a_whole_and_nothing_stored(
    place: Site, sender: Secret, media_type: str, body: str | bytes, status: int
) -> None:
    count = everything(place)
    answer = give(place, sender, body, media_type)
    assert answer.status_code == status, answer.text
    assert problem_of(answer)
    assert "root:" not in answer.text
    assert everything(place) == count


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", "'; DROP TABLE reports; --", "%00"])
def test_formula_in_a_cell_stays_text(place: Site, sender: Secret, cell: str) -> None:
    (found,) = verdicts(give(place, sender, f'observed_at,note\n{SEEN},"{cell}"\n', kind="note"))
    assert read_back(place, sender, found["id"])["note"] == cell


def test_column_with_a_number_that_is_none_is_named_by_its_row(place: Site, sender: Secret) -> None:
    rows = "".join(f"note,{SEEN},n,{x},34.7,wgs84\n" for x in ("NaN", "inf", "1e5", "0x10", "１１３", "113,6"))
    found = verdicts(give(place, sender, "kind,observed_at,note,x,y,datum\n" + rows))
    assert {each["status"] for each in found} == {422}


def test_unknown_parameter_or_kind_is_refused(place: Site, sender: Secret) -> None:
    assert give(place, sender, "note\nx\n", datums="wgs84").json()["field"] == "datums"
    (found,) = verdicts(give(place, sender, f"observed_at,note\n{SEEN},x\n", kind="gossip"))
    assert found["problem"]["field"] == "kind"
