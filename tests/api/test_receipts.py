"""Receipts: genuine to OpenSSL, the service and the command line, and none of it once a byte is changed."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import rfc8785
from click.testing import CliRunner

from api.cli import erqi
from geo.access.tokens import Secret
from geo.intake.receipts import ReceiptKey, Taken, new_key
from tests.api.field_work import OBSERVED, a_report, read_back, send, send_batch, stored
from tests.api.holders import problem_of
from tests.api.uploading import Site, sha256, site, site_again
from tests.conftest import TestServer

VERIFY, KEY = "/api/v1/receipts/verify", "/api/v1/receipts/key"
Receipt = dict[str, Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def place(server: TestServer, seeded_url: str, home: Path) -> Iterator[Site]:
    assert seeded_url
    with site(server, "receipts", home) as opened:
        yield opened


@pytest.fixture(scope="module")
def sender(place: Site) -> Secret:
    return place.issue("field")


@pytest.fixture(scope="module")
def receipt(place: Site, sender: Secret) -> Receipt:
    found: Receipt = stored(place, sender, note="井盖", photos=["ab" * 32])["receipt"]
    return found


def openssl_verifies(place: Site, folder: Path, receipt: Receipt) -> bool:
    """Check a receipt by the description of docs/field-api.md alone, with OpenSSL and another writer of RFC 8785."""
    members = {name: value for name, value in receipt.items() if name != "signature"}
    signature = receipt["signature"]
    (folder / "key.pem").write_text(place.call("GET", KEY).text)
    (folder / "content").write_bytes(rfc8785.dumps(members))
    (folder / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    command = "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -in content -sigfile signature"
    return subprocess.run(command.split(), cwd=folder, capture_output=True, check=False).returncode == 0


def changed(receipt: Receipt) -> Iterator[Receipt]:
    """Give the receipt with each of its members changed by one character, or one more or less."""
    for name, value in receipt.items():
        if isinstance(value, int):
            yield {**receipt, name: value + 1}
        elif isinstance(value, list):
            yield {**receipt, name: [*value, "cd" * 32]}
            yield {**receipt, name: []}
        else:
            yield {**receipt, name: ("1" if value[0] == "0" else "0") + value[1:]}


def test_receipt_verifies_with_openssl_and_a_changed_byte_does_not(
    place: Site, receipt: Receipt, tmp_path: Path
) -> None:
    assert openssl_verifies(place, tmp_path, receipt)
    for forged in changed(receipt):
        assert not openssl_verifies(place, tmp_path, forged), forged


def test_receipt_is_of_what_was_sent(place: Site, sender: Secret) -> None:
    value = a_report(photos=["12" * 32], place="嵩山路汝河路口")
    receipt = send(place, sender, value).json()["receipt"]
    assert receipt.keys() == {
        *("district", "report_id", "body_sha256", "photos", "sequence", "received_at", "key_id", "signature"),
    }
    assert (receipt["district"], receipt["report_id"]) == ("410103", value["id"])
    assert (receipt["body_sha256"], receipt["photos"]) == (sha256(rfc8785.dumps(value)), value["photos"])
    (row,) = place.rows("SELECT sequence, received_at FROM submissions WHERE report_id = %s", value["id"])
    assert receipt["sequence"] == row["sequence"]
    assert receipt["received_at"] == row["received_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert read_back(place, sender, value["id"])["receipt"] == receipt
    assert place.call("GET", KEY).headers["erqi-key-id"] == receipt["key_id"]


def test_service_tells_a_genuine_receipt_from_a_forged_one(place: Site, receipt: Receipt) -> None:
    answer = place.call("POST", VERIFY, json=receipt)  # by anybody, without a token
    assert (answer.status_code, answer.json()) == (200, {"valid": True, "stored": True})
    for forged in changed(receipt):
        answer = place.call("POST", VERIFY, json=forged)
        assert answer.status_code == 422, answer.text
        other_key = forged["key_id"] != receipt["key_id"]
        assert problem_of(answer) == ("receipt-other-key" if other_key else "receipt-forged")


@pytest.mark.parametrize("signature", ["", "x", "!" * 86, "A" * 86, "A" * 1000, "签" * 86, None, 7, ["A"]])
def test_signature_that_is_none_is_refused(place: Site, receipt: Receipt, signature: object) -> None:
    answer = place.call("POST", VERIFY, json={**receipt, "signature": signature})
    assert answer.status_code == 422
    assert problem_of(answer) in {"receipt-forged", "receipt-incomplete"}


def test_receipt_with_members_too_many_or_missing_is_refused(place: Site, receipt: Receipt) -> None:
    for wrong in ({**receipt, "amount": 5}, {**receipt, "signature": None}, {}, {"receipt": receipt}):
        answer = place.call("POST", VERIFY, json=wrong)
        assert (answer.status_code, problem_of(answer)) == (422, "receipt-incomplete")


def test_genuine_receipt_of_a_report_that_is_not_here_says_so(place: Site, home: Path, receipt: Receipt) -> None:
    assert receipt
    key = ReceiptKey((home / "receipt-key.pem").read_bytes())  # as of a store that an older backup has replaced
    for district in ("410103", "410102"):
        lost = key.receipt(Taken(district, uuid4(), bytes(32), [], 1, OBSERVED))
        assert place.call("POST", VERIFY, json=lost).json() == {"valid": True, "stored": False}


def test_what_a_receipt_is_about_is_never_rewritten(place: Site, receipt: Receipt) -> None:
    for statement in ("DELETE FROM submissions", "UPDATE submissions SET body = '{}'"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            place.rows(f"{statement} WHERE report_id = %s RETURNING 1", receipt["report_id"])


def test_receipts_of_a_batch_count_up_and_are_each_genuine(place: Site, sender: Secret) -> None:
    receipts = [each["receipt"] for each in send_batch(place, sender, [a_report() for _ in range(5)])]
    assert [each["sequence"] for each in receipts] == sorted({each["sequence"] for each in receipts})
    assert all(place.call("POST", VERIFY, json=each).status_code == 200 for each in receipts)


def test_command_line_checks_a_receipt_without_the_service(place: Site, receipt: Receipt, tmp_path: Path) -> None:
    key, file = tmp_path / "key.pem", tmp_path / "receipt.json"
    key.write_text(place.call("GET", KEY).text)
    file.write_text(json.dumps({"id": receipt["report_id"], "receipt": receipt}))
    found = CliRunner().invoke(erqi, ["receipt", "verify", str(file), "--key", str(key)])
    assert found.exit_code == 0, found.output
    assert receipt["report_id"] in found.output
    for forged in changed(receipt):
        found = CliRunner().invoke(erqi, ["receipt", "verify", "-", "--key", str(key)], input=json.dumps(forged))
        assert found.exit_code != 0


def test_key_is_made_once_and_stays_with_the_home_folder(
    server: TestServer, place: Site, home: Path, receipt: Receipt
) -> None:
    assert (home / "receipt-key.pem").stat().st_mode & 0o777 == 0o600
    with site_again(server, "receipts", home) as later:
        assert later.call("GET", KEY).text == place.call("GET", KEY).text
        assert later.call("POST", VERIFY, json=receipt).json()["valid"] is True


def test_key_of_the_settings_counts_before_that_of_the_folder(
    server: TestServer, place: Site, tmp_path: Path, receipt: Receipt
) -> None:
    pem = new_key().decode().replace("\n", "\\n")  # as a line of an environment file
    with site(server, "receipts_key", tmp_path, receipt_key=pem) as other:
        assert other.call("GET", KEY).text != place.call("GET", KEY).text
        own = stored(other, other.issue("field"))["receipt"]
        assert openssl_verifies(other, tmp_path, own)
        assert not (tmp_path / "receipt-key.pem").exists()
        answer = other.call("POST", VERIFY, json=receipt)
        assert (answer.status_code, problem_of(answer)) == (422, "receipt-other-key")
