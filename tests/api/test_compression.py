"""Answers are compressed as the client allows (RFC 9110, 12.5.3), once, with tags and lengths that stay right."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest
import zstandard

from api.ogc.compression import coding_for

PAGE = "/ogc/collections/tasks/items"
ITEM = "/ogc/collections/segment_progress/items/songshan-02?datetime=2020-08-01T00:00:00Z"


def raw(client: httpx.Client, path: str, method: str = "GET", **headers: str) -> tuple[httpx.Response, bytes]:
    """Return an answer and its bytes as they came; without ``accept_encoding`` the header is not sent."""
    request = client.build_request(
        method, path, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
    if "accept_encoding" not in headers:
        del request.headers["accept-encoding"]
    answer = client.send(request, stream=True)
    body = b"".join(answer.iter_raw())
    return answer, body


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        *(("gzip", "gzip"), ("zstd", "zstd"), ("gzip, zstd", "zstd"), ("*", "zstd"), ("x-gzip", "gzip")),
        *(("gzip;q=1, zstd;q=0.5", "gzip"), ("br", "identity"), ("identity", "identity"), ("", "identity")),
        *(("gzip;q=0", "identity"), ("gzip;q=0, *", "zstd"), ("identity;q=1, gzip;q=0.5", "identity")),
        *(("identity;q=0, gzip", "gzip"), ("identity;q=0", None), ("*;q=0", None), ("*;q=0, gzip;q=0.1", "gzip")),
        ("gzip;q=nonsense", "identity"),
    ],
)
def test_coding_follows_the_clients_qualities(accepted: str, coding: str | None) -> None:
    assert coding_for(accepted) == coding


@pytest.mark.parametrize("path", [PAGE, ITEM, "/ogc/collections", "/", "/openapi.json"])
def test_compressed_answer_is_the_same_answer(season_client: httpx.Client, path: str) -> None:
    plain, body = raw(season_client, path, Accept="*/*")
    assert "content-encoding" not in plain.headers
    unpack: dict[str, Any] = {"gzip": gzip.decompress, "zstd": zstandard.ZstdDecompressor().decompress}
    for coding, read in unpack.items():
        for _ in range(2):  # made, and kept
            answer, packed = raw(season_client, path, accept_encoding=coding, Accept="*/*")
            assert answer.headers["content-encoding"] == coding
            assert int(answer.headers["content-length"]) == len(packed) < len(body)
            assert "Accept-Encoding" in answer.headers["vary"]
            if path in {PAGE, ITEM}:
                assert read(packed) == body


def test_small_answers_and_pictures_stay_as_they_are(season_client: httpx.Client) -> None:
    for path in ("/healthz", "/assets/images/layers.png"):
        answer, _ = raw(season_client, path, accept_encoding="gzip")
        assert answer.status_code == 200
        assert "content-encoding" not in answer.headers


def test_nothing_acceptable_is_406(season_client: httpx.Client) -> None:
    answer, _ = raw(season_client, PAGE, accept_encoding="identity;q=0")
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")


@pytest.mark.parametrize("path", [PAGE, ITEM, "/assets/erqi.css"])
@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_client_with_a_compressed_answer_gets_304(season_client: httpx.Client, path: str, coding: str) -> None:
    first, _ = raw(season_client, path, accept_encoding=coding)
    tag = first.headers["etag"]
    again, body = raw(season_client, path, accept_encoding=coding, if_none_match=tag)
    assert (again.status_code, body, again.headers["etag"]) == (304, b"", tag)
    assert "content-encoding" not in again.headers


def test_strong_tags_differ_between_codings(season_client: httpx.Client) -> None:
    tags = [
        raw(season_client, ITEM, **headers)[0].headers["etag"]
        for headers in ({}, {"accept_encoding": "gzip"}, {"accept_encoding": "zstd"})
    ]
    assert not any(tag.startswith("W/") for tag in tags)
    assert len(set(tags)) == 3


def test_head_says_what_get_says(season_client: httpx.Client) -> None:
    got, _ = raw(season_client, PAGE, accept_encoding="gzip")
    head, body = raw(season_client, PAGE, "HEAD", accept_encoding="gzip")
    assert body == b""
    for name in ("content-length", "content-encoding", "etag", "content-type"):
        assert head.headers[name] == got.headers[name]
