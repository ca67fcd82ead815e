"""ODK Collect for tests: what it asks, what it sends, and JavaRosa, the engine in it, that fills in the forms."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from xml.etree.ElementTree import Element

import httpx
import pyxform
from defusedxml.ElementTree import fromstring

from geo.access.tokens import Secret
from tests.api.holders import Access

FORM_LIST, SUBMISSION = "/openrosa/formList", "/openrosa/submission"
JAR = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"
ENGINE = Path(__file__).with_name("form_engine.py")


def ask(access: Access, secret: Secret, path: str, method: str = "GET", **options: Any) -> httpx.Response:
    """Ask as Collect does: by Basic authentication, whatever the name."""
    with access.client() as client:
        return client.request(method, path, auth=("collect", secret.token), **options)


def send(
    access: Access, secret: Secret, xml: str | bytes, media: Mapping[str, bytes] | None = None, **fields: str
) -> httpx.Response:
    """Post a submission with its media, each under its file name."""
    files = [("xml_submission_file", ("submission.xml", xml, "text/xml"))]
    files += [(name, (name, data, "image/jpeg")) for name, data in (media or {}).items()]
    given = {f"*{name}*" if name == "isIncomplete" else name: value for name, value in fields.items()}
    return ask(access, secret, SUBMISSION, "POST", files=files, data=given)


def told(answer: httpx.Response) -> tuple[int, str]:
    """Return status and nature of an answer; both languages are there."""
    root = parsed(answer.content)
    assert root.tag == "{http://openrosa.org/http/response}OpenRosaResponse"
    message = root[0]
    assert message.tag == "{http://openrosa.org/http/response}message"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in message.text or "")
    assert answer.headers["x-openrosa-version"] == "1.0"
    assert answer.headers.get_list("date"), answer.headers
    return answer.status_code, message.get("nature", "")


def parsed(document: bytes) -> Element:
    root: Element = fromstring(document)
    return root


def hazard(report_id: UUID | None = None, **answers: str) -> str:
    """Write a submission of the hazard form by hand."""
    said = {
        "observed_at": "2020-06-01T12:00:00.000+08:00",
        "hazard_kind": "urban_flooding",
        "location": "34.7437 113.6363 110.0 6.5",
        **answers,
    }
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    instance = f"<meta><instanceID>uuid:{report_id or uuid4()}</instanceID></meta>"
    return f'<data id="erqi_hazard" version="1">{elements}{instance}</data>'


def filled(form: Path, media: Path, answers: Mapping[str, str], language: str = "中文 (zh)") -> bytes:
    """Return the submission that JavaRosa makes of a form and answers; the lists of the form lie in ``media``."""
    work = {"jar": str(JAR), "form": str(form), "media": str(media), "language": language, "answers": dict(answers)}
    run = subprocess.run(
        [sys.executable, str(ENGINE)], input=json.dumps(work).encode(), capture_output=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout
