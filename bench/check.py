"""Before anything is measured: a server's answers to a few of the requests are compared with what the database says."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import psycopg

from bench.rows import Row, Values
from bench.servers import Server

SAMPLE = 3
TIMEOUT_S = 60
TILE_TOLERANCE = 0.1  # of the number of features: servers cut different margins around a tile
METRIC_FROM = 1_000  # no degree is as large


class WrongAnswerError(Exception):
    """A server answers otherwise than the row asks."""


def check_answers(row: Row, server: Server, template: str, connection: psycopg.Connection[Any]) -> None:
    """Raise WrongAnswerError when a sampled answer is not the one wanted."""
    for values in islice(row.draws.listed(), SAMPLE):
        status, headers, body = fetch(server, template.format(**values))
        if status != http.client.OK:
            raise WrongAnswerError(f"status {status}{_detail(body)}")
        if row.tagged:
            _check_unchanged(server, template.format(**values), headers)
        wanted = wanted_ids(row, values, connection)
        if row.is_tile:
            _check_tile(body, len(wanted))
        else:
            _check_features(row, json.loads(body), wanted)


def fetch(server: Server, path: str, tag: str = "") -> tuple[int, Mapping[str, str], bytes]:
    """Get a path: the status, the headers (names in small letters) and the body."""
    connection = http.client.HTTPConnection(server.address, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path, headers={"If-None-Match": tag} if tag else {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise WrongAnswerError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()


def entity_tag(server: Server, path: str) -> str:
    """Return the entity tag of an answer; raise WrongAnswerError when it has none."""
    _, headers, _ = fetch(server, path)
    if "etag" not in headers:
        raise WrongAnswerError("the answer has no ETag")
    return headers["etag"]


def wanted_ids(row: Row, values: Values, connection: psycopg.Connection[Any]) -> list[str]:
    """Ask the database for the ids that an answer has to hold, in their order."""
    ids = [str(found) for (found,) in connection.execute(row.ids.format(**values).encode()).fetchall()]
    if row.limit is not None and len(ids) != row.limit:
        raise WrongAnswerError(f"the data have only {len(ids)} features for this request, {row.limit} are wanted")
    return ids


def statement_bytes(row: Row, connection: psycopg.Connection[Any]) -> float | None:
    """Return the mean length of what the row's statement gives, in bytes."""
    if row.statement is None:
        return None
    lengths = []
    for values in islice(row.draws.listed(), SAMPLE):
        answer = connection.execute(row.statement.format(**values).encode()).fetchone()
        text = None if answer is None else answer[0]
        lengths.append(len(text if isinstance(text, bytes) else json.dumps(text, ensure_ascii=False).encode()))
    return sum(lengths) / len(lengths)


def _detail(body: bytes) -> str:
    """Return the English sentence of a problem document; nothing of any other body."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    detail = said.get("detail_en") or said.get("description") if isinstance(said, dict) else None
    return f": {detail}" if isinstance(detail, str) else ""


def _check_unchanged(server: Server, path: str, headers: Mapping[str, str]) -> None:
    if "etag" not in headers:
        raise WrongAnswerError("the answer has no ETag")
    status, _, _ = fetch(server, path, headers["etag"])
    if status != http.client.NOT_MODIFIED:
        raise WrongAnswerError(f"status {status} for an unchanged page, not 304")


def _check_features(row: Row, answer: dict[str, Any], wanted: list[str]) -> None:
    features = answer["features"] if answer["type"] == "FeatureCollection" else [answer]
    if [str(feature["id"]) for feature in features] != wanted:
        raise WrongAnswerError(f"other features than wanted ({len(features)} of {len(wanted)})")
    first = features[0]
    if not first["geometry"]:
        raise WrongAnswerError("a feature without its geometry")
    if row.metric and abs(first["geometry"]["coordinates"][0]) < METRIC_FROM:
        raise WrongAnswerError("coordinates in degrees, not metres")
    if row.properties and set(first["properties"]) != set(row.properties):
        raise WrongAnswerError("other properties than asked for")
    if not row.properties and "note" not in first["properties"]:
        raise WrongAnswerError("a feature without its properties")


def _check_tile(body: bytes, wanted: int) -> None:
    found = count_features(body)
    if abs(found - wanted) > TILE_TOLERANCE * wanted:
        raise WrongAnswerError(f"{found} features in the tile, {wanted} are wanted")


def count_features(tile: bytes) -> int:
    """Count the features of a Mapbox Vector Tile 2.1: field 2 of each layer, which is field 3 of the tile."""
    layers = [content for number, content in _fields(tile) if number == 3 and content is not None]  # noqa: PLR2004 - field 3 of the format
    return sum(number == 2 for layer in layers for number, _ in _fields(layer))  # noqa: PLR2004 - field 3 of the format - field numbers


def _fields(message: bytes) -> Iterator[tuple[int, bytes | None]]:
    """Walk over the fields of a protocol buffers message; the content of those with a length."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        if key & 7 == 2:  # noqa: PLR2004 - field 3 of the format - wire type: a length, then as many bytes
            length, position = _varint(message, position)
            yield key >> 3, message[position : position + length]
            position += length
        elif key & 7 == 0:
            _, position = _varint(message, position)
            yield key >> 3, None
        else:
            raise WrongAnswerError("this is no vector tile")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(message):
            raise WrongAnswerError("this is no vector tile")
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - field 3 of the format - the last byte of a number
            return value, position
