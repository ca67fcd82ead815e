"""The phones of the chaos bench: they send reports, with some a photo, again and again until there is an answer."""

from __future__ import annotations

import base64
import http.client
import io
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from PIL import Image

from bench.data import BOX

REQUEST_TIMEOUT_S = 15
FIRST_WAIT_S, LONGEST_WAIT_S = 0.05, 2.0  # between two tries, doubled each time
CREATED, OUTSTANDING = 201, 202
FINAL = (CREATED, OUTSTANDING, 409, 422, 403, 401)
PHOTO_EACH = 10  # reports, of which one has a photo
WIDTH, HEIGHT = 32, 24  # pixels; of their bytes hardly two photos are alike

Answer = tuple[int, Mapping[str, str], bytes]


class Client(threading.Thread):
    """A phone: the same bytes again and again, until there is an answer to them."""

    def __init__(self, port: int, token: str, reports: int, seed: int) -> None:
        super().__init__(daemon=True)
        self._address = ("127.0.0.1", port)
        self._token = {"Authorization": f"Bearer {token}"}
        self._draw = random.Random(seed)  # noqa: S311 - positions and ids, no secret
        self._left = reports
        self._connection: http.client.HTTPConnection | None = None
        self.counts: Counter[str] = Counter()
        self.answered: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self.posted: dict[str, bytes] = {}
        self.photos: set[str] = set()
        self.changed_receipts = 0
        self.stored_at: list[float] = []

    def run(self) -> None:
        """Send all reports, one after the other."""
        while self._left:
            self._left -= 1
            photo = self._photo() if self._left % PHOTO_EACH == 0 else None
            report_id, body = self._report(photo)
            self.posted[report_id] = body
            self._send(report_id, body)
            if photo is not None and self.answered[report_id][0] == OUTSTANDING:
                self._send_photo(photo)
                self._send(report_id, body)
        if self._connection is not None:
            self._connection.close()

    def _report(self, photo: bytes | None) -> tuple[str, bytes]:
        report_id = str(UUID(int=self._draw.getrandbits(128), version=4))
        x, y = self._draw.uniform(BOX.west, BOX.east), self._draw.uniform(BOX.south, BOX.north)
        position = {"x": round(x, 7), "y": round(y, 7), "datum": "wgs84", "accuracy_m": 12}
        when = "2020-06-01T08:00:00+08:00"
        report = {"id": report_id, "kind": "note", "observed_at": when, "note": "井盖松动", "position": position}
        named = {} if photo is None else {"photos": [sha256(photo).hexdigest()]}
        return report_id, json.dumps(report | named).encode()

    def _photo(self) -> bytes:
        written = io.BytesIO()
        Image.frombytes("RGB", (WIDTH, HEIGHT), self._draw.randbytes(WIDTH * HEIGHT * 3)).save(written, "JPEG")
        return written.getvalue()

    def _send(self, report_id: str, body: bytes) -> None:
        headers = {**self._token, "Content-Type": "application/json"}
        status, _, content = self._answer("/api/v1/reports", body, headers, FINAL)
        answer = json.loads(content)
        before = self.answered.get(report_id)
        self.changed_receipts += before is not None and before[1].get("receipt") != answer.get("receipt")
        self.answered[report_id] = status, answer
        self.counts[str(status)] += 1
        self.stored_at.append(time.monotonic())

    def _send_photo(self, photo: bytes) -> None:
        """Upload a photo with its announcement, whole each time, until the service says that it has all of it."""
        name = sha256(photo).hexdigest()
        headers = {
            **self._token,
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(photo)),
            "Upload-Metadata": f"sha256 {base64.b64encode(name.encode()).decode()}",
            "Content-Type": "application/offset+octet-stream",
        }
        while True:
            _, told, _ = self._answer("/api/v1/uploads", photo, headers, (CREATED,))
            if told.get("upload-offset") == str(len(photo)):
                break
        self.photos.add(name)
        self.counts["photo"] += 1

    def _answer(self, path: str, body: bytes, headers: Mapping[str, str], final: tuple[int, ...]) -> Answer:
        """Send until there is one of these answers."""
        wait_s = FIRST_WAIT_S
        while True:
            answer = self._try(path, body, headers)
            if answer[0] in final:
                return answer
            self.counts["5xx" if answer[0] else "broken"] += 1
            self.counts["retried"] += 1
            time.sleep(wait_s * self._draw.uniform(0.5, 1.5))
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _try(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send once; 0 stands for a connection that broke before the whole answer was there."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(*self._address, timeout=REQUEST_TIMEOUT_S)
            self._connection.request("POST", path, body, dict(headers))
            answer = self._connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except (OSError, http.client.HTTPException):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return 0, {}, b""
