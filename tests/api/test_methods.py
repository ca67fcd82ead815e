"""The methods of an address: what is not among them is refused, and the refusal names them all."""

from __future__ import annotations

import httpx
import pytest


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/api/v1/reports", {"GET", "POST"}),
        ("/api/v1/tokens", {"GET", "POST"}),
        ("/api/v1/progress", {"GET"}),
    ],
)
def test_refused_method_is_told_every_method_of_the_address(
    season_client: httpx.Client, path: str, wanted: set[str]
) -> None:
    answer = season_client.request("PROPFIND", path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == wanted
    documented = season_client.get("/openapi.json").json()["paths"][path]
    assert wanted == {method.upper() for method in documented if method in {"get", "post", "put", "patch", "delete"}}


def test_both_forms_of_the_figures_are_in_the_definition(season_client: httpx.Client) -> None:
    defined = season_client.get("/openapi.json").json()["paths"]["/api/v1/progress"]["get"]["responses"]["200"]
    assert set(defined["content"]) == {"application/json", "text/csv"}
