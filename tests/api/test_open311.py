"""The hotlines' door, by GeoReport v2 (https://wiki.open311.org/GeoReport_v2), read by the client package georeport."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from georeport import GeoReport

from geo.access.tokens import Secret
from tests.api.field_work import OBSERVED, insert, put_report
from tests.api.holders import Access, accessible
from tests.conftest import DISTRICT, TestServer

ROOT = "/open311/v2"
REQUESTS = f"{ROOT}/requests.json"
SEEN = "2020-06-01T12:00:00+08:00"
PRIVATE = {"first_name": "小明", "last_name": "王", "email": "ming@example.org", "phone": "13900001111"}


@pytest.fixture(scope="module")
def hotline(server: TestServer, seeded_url: str) -> Iterator[Access]:
    assert seeded_url
    with accessible(server, "open311") as found:
        yield found


@pytest.fixture(scope="module")
def key(hotline: Access) -> Secret:
    return hotline.issue("field")


def post(hotline: Access, key: Secret | None, form: str = "json", **fields: str) -> httpx.Response:
    """Post a request as a hotline does; names in brackets are written ``attribute__name``."""
    given = {}
    for name, value in fields.items():
        outer, _, inner = name.partition("__")
        given[f"{outer}[{inner}]" if inner else name] = value
    if key is not None:
        given["api_key"] = key.token
    return hotline.call("POST", f"{ROOT}/requests.{form}", data=given)


def urban(**fields: str) -> dict[str, str]:
    return {"service_code": "urban_flooding", "lat": "34.7437", "long": "113.6363", "description": "积水", **fields}


def errors_of(answer: httpx.Response) -> tuple[int, str]:
    """Return code and kind of an error, which both languages explain."""
    (error,) = answer.json()
    assert error["code"] == answer.status_code
    assert any("\u4e00" <= letter <= "\u9fff" for letter in error["description"])
    return error["code"], error["kind"]


def stored(answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    (found,) = answer.json()
    key: str = found["service_request_id"]
    return key


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_the_door(hotline: Access, key: Secret, form: str) -> None:
    request_id = stored(post(hotline, key, **urban(description=f"读 {form}"), **PRIVATE))
    client = GeoReport(f"{hotline.address}{ROOT}", jurisdiction=DISTRICT, output_format=form)
    services = client.get_service_list()
    kinds = [row["code"] for row in hotline.rows("SELECT code FROM hazard_kinds ORDER BY sort_order")]
    assert [each["service_code"] for each in services] == [*kinds, "problem"]
    assert services[1]["service_name"] == "城市防汛 Urban flooding"
    definition = client.get_service_definition("urban_flooding")
    assert definition["service_code"] == "urban_flooding"
    found = client.get_service_requests(service_code="urban_flooding", status="open")
    listed = found if isinstance(found, list) else [found]
    (mine,) = [each for each in listed if each["service_request_id"] == request_id]
    one = client.get_service_request(request_id)
    assert one == mine
    assert (one["description"], one["status"], one["service_code"]) == (f"读 {form}", "open", "urban_flooding")
    assert (round(float(one["lat"]), 4), round(float(one["long"]), 4)) == (34.7437, 113.6363)
    seen = datetime.fromisoformat(one["requested_datetime"])
    assert abs(seen - datetime.now(timezone.utc)) < timedelta(minutes=5)


def test_discovery_leads_to_the_door(hotline: Access) -> None:
    found = hotline.call("GET", f"{ROOT}/discovery.json").json()
    assert [each["url"] for each in found["endpoints"]] == [f"{hotline.address}{ROOT}"]
    root = fromstring(hotline.call("GET", f"{ROOT}/discovery.xml").content)
    assert root.findtext("endpoints/endpoint/url") == f"{hotline.address}{ROOT}"
    assert [each.text for each in root.iterfind("endpoints/endpoint/formats/format")] == [
        "application/json",
        "text/xml",
    ]


def test_definition_lists_the_datums(hotline: Access) -> None:
    root = fromstring(hotline.call("GET", f"{ROOT}/services/problem.xml").content)
    assert root.tag == "service_definition"
    (datum,) = [each for each in root.iterfind("attributes/attribute") if each.findtext("code") == "datum"]
    assert [each.text for each in datum.iterfind("values/value/key")] == ["wgs84", "gcj02", "bd09", "cgcs2000"]
    assert errors_of(hotline.call("GET", f"{ROOT}/services/potholes.json")) == (404, "service-unknown")


def test_request_is_stored_as_a_report(hotline: Access, key: Secret) -> None:
    fields = urban(
        attribute__observed_at=SEEN, attribute__datum="gcj02", attribute__accuracy_m="20", address_string="x"
    )
    request_id = stored(post(hotline, key, **fields, **PRIVATE))
    (row,) = hotline.rows("SELECT * FROM reports WHERE id = %s", UUID(request_id))
    assert (row["kind"], row["hazard_kind"], row["note"]) == ("hazard", "urban_flooding", "积水")
    assert (row["datum"], row["position_accuracy_m"], row["observed_at"]) == (
        *("gcj02", 20, datetime.fromisoformat(SEEN)),
    )
    (kept,) = hotline.rows("SELECT * FROM submissions WHERE report_id = %s", UUID(request_id))
    assert (kept["channel"], kept["token_id"]) == ("open311", key.id)
    assert kept["body"]["contact"] == {"name": "王 小明 <ming@example.org>", "phone": "13900001111"}


def test_address_alone_is_located(hotline: Access, key: Secret) -> None:
    request_id = stored(
        post(hotline, key, service_code="problem", description="井盖缺失", address_string="嵩山路 K1+200")
    )
    (found,) = hotline.call("GET", f"{ROOT}/requests/{request_id}.json").json()
    assert (found["service_code"], found["address"]) == ("problem", "嵩山路 K1+200")


def test_bearer_token_does_as_well(hotline: Access, key: Secret) -> None:
    assert stored(hotline.call("POST", REQUESTS, key, data=urban()))


def test_xml_answer_names_the_request(hotline: Access, key: Secret) -> None:
    answer = post(hotline, key, "xml", **urban())
    assert (answer.status_code, answer.headers["content-type"]) == (201, "text/xml; charset=utf-8")
    request_id = fromstring(answer.content).findtext("request/service_request_id")
    assert hotline.call("GET", f"{ROOT}/tokens/{request_id}.json").json() == [
        {"service_request_id": request_id, "token": request_id}
    ]


def test_request_sent_again_with_its_time_is_stored_once(hotline: Access, key: Secret) -> None:
    fields = urban(description="一次", attribute__observed_at=SEEN)
    first, *others = [stored(post(hotline, key, **fields)) for _ in range(3)]
    assert others == [first, first]
    assert len(hotline.rows("SELECT 1 FROM reports WHERE note = '一次'")) == 1
    assert stored(post(hotline, hotline.issue("field"), **fields)) != first  # another hotline heard of it too


def test_requests_without_a_time_are_each_their_own(hotline: Access, key: Secret) -> None:
    assert stored(post(hotline, key, **urban())) != stored(post(hotline, key, **urban()))


def test_nobody_reads_who_called(hotline: Access, key: Secret) -> None:
    request_id = stored(post(hotline, key, **urban(), **PRIVATE, device_id="d-7788", account_id="a-9900"))
    paths = [f"requests/{request_id}", f"tokens/{request_id}", "requests", "services", "services/problem"]
    secrets = [*PRIVATE.values(), "d-7788", "a-9900", key.id]
    for path in paths:
        for form in ("json", "xml"):
            text = hotline.call("GET", f"{ROOT}/{path}.{form}").text
            assert not [each for each in secrets if each in text]
    members = set(hotline.call("GET", f"{ROOT}/requests/{request_id}.json").json()[0])
    assert members == {
        *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
        *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
        *("address", "address_id", "zipcode", "lat", "long", "media_url"),
    }


def test_requests_are_chosen_by_date_service_and_status(hotline: Access, key: Secret) -> None:
    then = datetime(2019, 5, 1, tzinfo=timezone.utc)

    def put(day: int, **columns: Any) -> str:
        received = then + timedelta(days=day)
        return str(put_report(hotline.database, key.token, received_at=received, note="旧", **columns))

    hazard = {"kind": "hazard", "hazard_kind": "check_dam"}
    first, second = put(0, **hazard), put(10, kind="problem")
    turned_down = put(20, **hazard, status="rejected")
    put(15, kind="note")  # which is no request
    put(100, **hazard)

    def found(**query: str) -> list[str]:
        answer = hotline.call("GET", REQUESTS, params={"start_date": then.isoformat(), **query})
        return [each["service_request_id"] for each in answer.json()]

    assert found() == [turned_down, second, first]
    assert found(end_date="2019-05-12T00:00:00Z") == [second, first]
    assert found(service_code="check_dam") == [turned_down, first]
    assert found(service_code="check_dam, problem", status="open") == [second, first]
    assert found(status="closed") == [turned_down]
    assert found(service_request_id=f"{first},{second},nothing", status="closed") == [second, first]
    before = hotline.call("GET", REQUESTS, params={"end_date": "2019-05-12T00:00:00Z"}).json()
    assert [each["service_request_id"] for each in before] == [second, first]
    assert hotline.call("GET", f"{ROOT}/requests/{turned_down}.json").json()[0]["status"] == "closed"


def test_entry_struck_off_closes_its_request(hotline: Access, key: Secret) -> None:
    (programme,) = hotline.rows("SELECT id FROM programmes LIMIT 1")
    entry = {"district": DISTRICT, "programme_id": programme["id"], "category": "other", "opened_at": OBSERVED}
    closed = {"status": "struck_off", "closed_at": OBSERVED + timedelta(days=1)}
    for name, said in (("open", {}), ("closed", closed)):
        insert(
            hotline.database, "cases", {**entry, "id": name, "number": name, "title_zh": "x", "title_en": "x", **said}
        )
        report = put_report(hotline.database, key.token, kind="problem", note="台账", case_id=name)
        (found,) = hotline.call("GET", f"{ROOT}/requests/{report}.json").json()
        assert found["status"] == name


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"start_date": "2019-05-01T00:00:00Z", "end_date": "2019-08-01T00:00:00Z"}, (400, "span-too-long")),
        ({"start_date": "yesterday"}, (400, "bad-request")),
        ({"status": "done"}, (400, "bad-request")),
        ({"service_code": "potholes"}, (404, "service-unknown")),
        ({"jurisdiction_id": "410102"}, (404, "not-found")),
        ({"service_request_id": "x" * 50_000}, (400, "bad-request")),
    ],
)
def test_question_that_cannot_be_answered_is_refused(
    hotline: Access, query: dict[str, str], said: tuple[int, str]
) -> None:
    assert errors_of(hotline.call("GET", REQUESTS, params=query)) == said


def test_unknown_request_is_not_found(hotline: Access) -> None:
    for path in ("requests/x", "tokens/x", "requests/00000000-0000-4000-8000-000000000000"):
        assert errors_of(hotline.call("GET", f"{ROOT}/{path}.json")) == (404, "not-found")
        error = fromstring(hotline.call("GET", f"{ROOT}/{path}.xml").content)
        assert (error.tag, error.findtext("error/code"), error.findtext("error/kind")) == ("errors", "404", "not-found")
