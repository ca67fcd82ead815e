"""Links behind a proxy: its prefix, scheme and host, and only from a proxy that is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from tests.api.serving import serving, serving_copy
from tests.conftest import TestServer

PUBLIC = "https://gis.erqi.example/erqi"
FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "gis.erqi.example",
    "X-Forwarded-For": "203.0.113.9",
}


@pytest.fixture(scope="module")
def proxied(server: TestServer, seeded_url: str) -> Iterator[httpx.Client]:
    """Serve under the prefix /erqi."""
    assert seeded_url
    with (
        serving_copy(server, "seeded", "api_proxied", base_path="/erqi/") as address,
        httpx.Client(base_url=address) as client,
    ):
        yield client


def hrefs(body: Any) -> list[str]:
    """Return every ``href`` of a body, however deep."""
    if isinstance(body, dict):
        own = [body["href"]] if "href" in body else []
        return own + [found for value in body.values() for found in hrefs(value)]
    return [found for value in body for found in hrefs(value)] if isinstance(body, list) else []


# A proxy may cut its prefix off, as nginx does with "proxy_pass http://host/;", or pass it on.
@pytest.mark.parametrize("prefix", ["", "/erqi"])
@pytest.mark.parametrize(
    "path",
    ["/ogc", "/ogc/collections", "/ogc/collections/roads/items?limit=1", "/ogc/collections/roads/items/songshan"],
)
def test_links_lead_back_through_the_proxy(proxied: httpx.Client, prefix: str, path: str) -> None:
    found = hrefs(proxied.get(prefix + path, headers=FORWARDED).json())
    assert len(found) > 1
    for href in found:
        assert href.startswith(f"{PUBLIC}/"), href
        inside = href.removeprefix(PUBLIC)
        assert proxied.get(inside, headers=FORWARDED).status_code == 200


def test_self_link_is_the_address_that_was_asked(proxied: httpx.Client) -> None:
    path = "/ogc/collections/roads/items?limit=1&bbox=113%2C34%2C114%2C35"
    links = {each["rel"]: each["href"] for each in proxied.get(path, headers=FORWARDED).json()["links"]}
    assert links["self"] == PUBLIC + path


def test_host_header_that_the_proxy_passes_on_is_used(proxied: httpx.Client) -> None:
    body = proxied.get("/ogc", headers={"Host": "gis.erqi.example:8443", "X-Forwarded-Proto": "https"}).json()
    assert all(href.startswith("https://gis.erqi.example:8443/erqi/") for href in hrefs(body))


def test_first_host_of_several_proxies_is_used(proxied: httpx.Client) -> None:
    body = proxied.get("/ogc", headers=FORWARDED | {"X-Forwarded-Host": "gis.erqi.example, inner.example"}).json()
    assert all(href.startswith(f"{PUBLIC}/") for href in hrefs(body))


def test_pages_and_definition_carry_the_prefix(proxied: httpx.Client) -> None:
    assert proxied.get("/openapi.json").json()["servers"] == [{"url": "/erqi"}]
    for path in ("/", "/docs", "/maps/progress", "/maps/hazard"):
        page = proxied.get(path).text
        assert "/erqi/assets/" in page
        assert '"/assets/' not in page


def test_proxy_that_is_not_trusted_is_not_believed(seeded_url: str) -> None:
    settings = Settings(database_url=seeded_url, base_path="/erqi", trusted_proxies="192.0.2.0/24")
    with serving(create_app(settings)) as address:
        found = hrefs(httpx.get(f"{address}/ogc", headers=FORWARDED).json())
    assert all(href.startswith(f"{address}/erqi/") for href in found)
