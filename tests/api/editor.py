"""A client that writes: the token, the media types, and what a new feature needs beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.api.new_features import ROAD, STORE, new_feature
from tests.api.serving import serving_copy

if TYPE_CHECKING:
    from tests.conftest import TestServer

TOKEN = "a-token-for-the-tests-0123456789abcdef"  # noqa: S105 - it opens the tests' own databases only
GEOJSON = "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"


class Editor:
    """Writes by OGC API to a service of the test's own; ``path`` is a feature's, from its Location."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def new(self, collection: str, **properties: Any) -> dict[str, Any]:
        """Return a feature to add, after adding what it refers to."""
        needed = {"segments": ("roads", ROAD), "supply_routes": ("supply_points", STORE)}.get(collection)
        if needed is not None and self.client.get(_item(*needed)).status_code == 404:
            assert self.post(needed[0], {**new_feature(needed[0]), "id": needed[1]}).status_code == 201
        if collection == "planned_dates" and "task_id" not in properties:
            properties["task_id"] = self.add("tasks").rpartition("/")[2]
        return new_feature(collection, **properties)

    def post(self, collection: str, feature: Any, **headers: str) -> httpx.Response:
        return self.client.post(_items(collection), json=feature, headers=_headers(GEOJSON, headers))

    def add(self, collection: str, **properties: Any) -> str:
        """Add a feature and return its path."""
        answer = self.post(collection, self.new(collection, **properties))
        assert answer.status_code == 201, answer.text
        return urlsplit(answer.headers["location"]).path

    def get(self, path: str, **query: str) -> httpx.Response:
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer

    def tag(self, path: str) -> str:
        tag: str = self.get(path).headers["etag"]
        return tag

    def put(self, path: str, feature: Any, **headers: str) -> httpx.Response:
        return self.client.put(path, json=feature, headers=_headers(GEOJSON, headers))

    def patch(self, path: str, changes: Any, **headers: str) -> httpx.Response:
        return self.client.patch(path, json=changes, headers=_headers(MERGE_PATCH, headers))

    def delete(self, path: str, **headers: str) -> httpx.Response:
        return self.client.delete(path, headers=_headers(None, headers))


def _headers(kind: str | None, given: dict[str, str]) -> dict[str, str]:
    """Return headers by their names, of which ``if_match`` is one; the content's type is theirs to change."""
    first = {} if kind is None else {"Content-Type": kind}
    return first | {name.replace("_", "-").title(): value for name, value in given.items()}


def _items(collection: str) -> str:
    return f"/ogc/collections/{collection}/items"


def _item(collection: str, feature_id: str) -> str:
    return f"{_items(collection)}/{feature_id}"


@contextmanager
def editing(databases: TestServer, name: str, **settings: Any) -> Iterator[Editor]:
    """Serve a copy of the district's places to one who may write."""
    with (
        serving_copy(databases, "seeded", name, **{"edit_token": TOKEN, **settings}) as address,
        httpx.Client(base_url=address, timeout=30, headers={"Authorization": f"Bearer {TOKEN}"}) as client,
    ):
        yield Editor(client)


def rows(database: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Run a statement of a test's own, past the service."""
    with psycopg.connect(database, row_factory=dict_row, autocommit=True) as connection:
        return connection.execute(statement, values).fetchall()


def history(database: str, feature_id: str) -> list[dict[str, Any]]:
    return rows(database, "SELECT * FROM changes WHERE feature_id = %s ORDER BY version", feature_id)


def everything(database: str) -> list[dict[str, Any]]:
    """Return what any write whatever would change."""
    return rows(database, "SELECT count(*) AS changes, max(changed_at) AS newest FROM changes")
