"""The tables behind the maps: page, CSV and workbook say what the layers and the figures say, for one moment."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timezone
from html import unescape
from typing import Any

import httpx
import openpyxl
import pytest

from geo.exchange.sheets import Column, Kind, Sheet, csv_bytes
from geo.exchange.xlsx import xlsx_bytes

MOMENT = "2020-07-15T09:00:00+08:00"
LAYERS = {
    "segments": "segment_progress",
    "sites": "site_progress",
    "checkpoints": "checkpoint_status",
    "conflicts": "conflicts",
    "cases": "cases",
}
MAP_OF = {
    "segments": "progress",
    "sites": "progress",
    "checkpoints": "hazard",
    "conflicts": "hazard",
    "cases": "hazard",
}
CELL = re.compile(r"<t[hd] [^>]*>(.*?)</t[hd]>", re.DOTALL)


def items(client: httpx.Client, name: str, **query: str) -> list[dict[str, Any]]:
    asked = {"limit": "10000", "datetime": MOMENT, **query}
    answer = client.get(f"/ogc/collections/{LAYERS[name]}/items", params=asked)
    return [{"id": each["id"], **each["properties"]} for each in answer.json()["features"]]


def as_csv(client: httpx.Client, name: str, **query: str) -> list[list[str]]:
    answer = client.get(f"/api/v1/tables/{name}.csv", params={"datetime": MOMENT, "lang": "en", **query})
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def as_workbook(client: httpx.Client, name: str, **query: str) -> openpyxl.Workbook:
    answer = client.get(f"/api/v1/tables/{name}.xlsx", params={"datetime": MOMENT, "lang": "en", **query})
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def page_rows(client: httpx.Client, name: str, **query: str) -> list[list[str]]:
    asked = {"datetime": MOMENT, "lang": "en", "of": name, **query}
    text = client.get(f"/maps/{MAP_OF[name]}/table", params=asked).text
    body = re.search(r"<tbody>(.*)</tbody>", text, re.DOTALL)
    rows = body[1].split("</tr>")[:-1] if body else []
    return [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in CELL.findall(row)] for row in rows]


@pytest.mark.parametrize("name", LAYERS)
def test_page_csv_workbook_and_layer_agree(season_client: httpx.Client, name: str) -> None:
    features = items(season_client, name)
    assert features
    head, *lines = as_csv(season_client, name)
    book = as_workbook(season_client, name)
    sheet_head, *sheet = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    assert head == sheet_head
    assert [line[-1] for line in lines] == [row[-1] for row in sheet] == [each["id"] for each in features]
    shown = page_rows(season_client, name)
    assert [row[0] for row in shown] == [line[0] for line in lines][:100]
    for column, heading in enumerate(head):
        if heading.endswith("progress (%)"):
            of = "planned_percent" if heading.startswith("Planned") else "actual_percent"
            wanted = [each[of] for each in features]
            assert [float(line[column]) if line[column] else None for line in lines] == wanted
            assert [None if row[column] is None else round(row[column] * 100, 6) for row in sheet] == wanted
            assert [row[column] for row in shown] == ["" if each is None else f"{each:.1f}%" for each in wanted[:100]]


def test_percentages_of_segments_are_those_of_the_figures(season_client: httpx.Client) -> None:
    asked = {"by": "segment", "datetime": MOMENT}
    figures = {each["id"]: each for each in season_client.get("/api/v1/progress", params=asked).json()["groups"]}
    head, *lines = as_csv(season_client, "segments")
    planned, actual = head.index("Planned progress (%)"), head.index("Actual progress (%)")
    with_plan = [line for line in lines if line[planned]]
    assert with_plan
    for line in with_plan:
        assert float(line[planned]) == pytest.approx(figures[line[-1]]["planned_percent"], abs=0.051)
        assert float(line[actual] or 0) == pytest.approx(figures[line[-1]]["actual_percent"] or 0, abs=0.051)


def test_filters_are_those_of_the_map(season_client: httpx.Client) -> None:
    wanted = [
        each["id"]
        for each in items(season_client, "segments")
        if each["state"] in {"behind", "seriously_behind"} and each["road_id"] == "songshan"
    ]
    chosen = {"state": "behind,seriously_behind", "road": "songshan"}
    assert [line[-1] for line in as_csv(season_client, "segments", **chosen)[1:]] == wanted
    assert len(page_rows(season_client, "segments", **chosen)) == len(wanted) > 0
    about = dict(as_workbook(season_client, "segments", **chosen)["About"].iter_rows(values_only=True))
    assert about["Filters"] == "road=songshan; state=behind,seriously_behind"
    assert about["Data as of"] == "2020-07-15 09:00 Beijing time"
    assert about["Rows"] == str(len(wanted))


def test_heading_sorts_and_says_so(season_client: httpx.Client) -> None:
    query = {"datetime": MOMENT, "lang": "en", "sortby": "-lag_points"}
    text = season_client.get("/maps/progress/table", params=query).text
    assert re.search(r'aria-sort="descending"[^>]*><a href="[^"]*sortby=lag_points', text)
    wanted = [each["id"] for each in items(season_client, "segments", sortby="-lag_points")]
    assert [line[-1] for line in as_csv(season_client, "segments", sortby="-lag_points")[1:]] == wanted


def test_dates_are_dates_and_the_heading_stays(season_client: httpx.Client) -> None:
    page = as_workbook(season_client, "cases").worksheets[0]
    heading = [cell.value for cell in page[1]]
    opened, due = page.cell(2, heading.index("Opened (Beijing time)") + 1), heading.index("Deadline") + 1
    assert isinstance(opened.value, datetime)
    assert any(page.cell(row, due).is_date for row in range(2, page.max_row + 1))
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == page.dimensions


def test_text_of_a_stranger_is_never_a_formula() -> None:
    columns = [Column("名称", Kind.TEXT), Column("计划", Kind.PERCENT), Column("日期", Kind.DATE)]
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1", "http://a.example", "{=1}", "007"]
    sheet = Sheet("表", columns, [[text, -12.5, date(2020, 7, 15)] for text in texts])
    lines = list(csv.reader(io.StringIO(csv_bytes(sheet).decode("utf-8-sig"))))[1:]
    assert [line[0] for line in lines] == ["'" + text for text in texts[:6]] + texts[6:]
    assert {line[1] for line in lines} == {"-12.5"}
    made_at = datetime(2020, 7, 15, tzinfo=timezone.utc)
    data = xlsx_bytes(sheet, notes_name="说明", made_at=made_at)
    page = openpyxl.load_workbook(io.BytesIO(data))["表"]
    cells = [page.cell(row, 1) for row in range(2, 11)]
    assert [cell.value for cell in cells] == texts
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
    assert page["B2"].value == -0.125
    assert page["B2"].number_format == "0.0%"
    assert page["C2"].value == datetime(2020, 7, 15)  # noqa: DTZ001 - a cell has no offset
    assert data == xlsx_bytes(sheet, notes_name="说明", made_at=made_at)


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/maps/progress/table?of=cases", 404, "of"),
        ("/maps/nowhere/table", 404, "name"),
        ("/maps/progress/table?sortby=tasks", 400, "sortby"),
        ("/maps/progress/table?after=%22&sortby=state", 400, "after"),
        ("/api/v1/tables/people.csv", 404, "name"),
        ("/api/v1/tables/segments.pdf", 404, "name"),
        ("/api/v1/tables/segments.csv?datetime=soon", 400, "datetime"),
    ],
)
def test_senseless_request_is_refused_by_name(season_client: httpx.Client, path: str, status: int, field: str) -> None:
    answer = season_client.get(path)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


def test_unchanged_file_is_304(season_client: httpx.Client) -> None:
    address = f"/api/v1/tables/segments.xlsx?datetime={MOMENT.replace('+', '%2B')}"
    first = season_client.get(address)
    again = season_client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert season_client.get(address).content == first.content


@pytest.mark.parametrize(
    ("due", "flags"),
    [
        ("overdue", ("overdue",)),
        ("week", ("due_in_week",)),
        ("overdue,week", ("overdue", "due_in_week")),
        ("before_season", ("due_before_season",)),
        ("never", ()),
        ("never,overdue", ("overdue",)),
    ],
)
def test_deadlines_choose_the_cases_that_have_one_of_their_flags(
    season_client: httpx.Client, due: str, flags: tuple[str, ...]
) -> None:
    wanted = {each["id"] for each in items(season_client, "cases") if any(each[flag] for flag in flags)}
    assert {row[-1] for row in as_csv(season_client, "cases", due=due)[1:]} == wanted
    page = season_client.get("/maps/hazard/table", params={"of": "cases", "due": due, "datetime": MOMENT})
    assert f'data-matched="{len(wanted)}"' in page.text
