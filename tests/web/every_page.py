"""Every page that the service has, found by asking its routes: none can be forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
from fastapi import FastAPI

PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
# What stands for the parameters of the paths that people open.
SAMPLES = {"name": "progress", "form": "png", "collectionId": "segment_progress", "featureId": "hanghai-03"}
# Doors of programs: what their paths name need not be there.
PROGRAMS = ("/api/", "/openrosa/", "/open311/", "/assets/", "/ogc/tile", "/ogc/collections/{collectionId}/tiles")


def path_of(route: str) -> str:
    """Return a path of a route; raise KeyError for a parameter that has no sample yet."""
    samples = dict.fromkeys(PARAMETER.findall(route), "x") | SAMPLES if route.startswith(PROGRAMS) else SAMPLES
    return PARAMETER.sub(lambda found: quote(samples[found[1]]), route)


def routes(app: FastAPI) -> Iterator[str]:
    """Give the path of each route that can be read."""
    for family in app.routes:
        for route in family.original_router.routes:  # type: ignore[attr-defined] # what include_router leaves there
            if route.methods is None or "GET" in route.methods:
                yield route.path


def pages(app: FastAPI, address: str) -> set[str]:
    """Return the routes that answer a browser with a page, or lead it to the login first."""
    found = set()
    with httpx.Client(base_url=address, timeout=60, headers={"Accept": "text/html"}) as browser:
        for route in routes(app):
            answer = browser.get(path_of(route))
            assert answer.status_code in {200, 303} or route.startswith(PROGRAMS), (route, answer.status_code)
            if answer.status_code == httpx.codes.SEE_OTHER or answer.headers["content-type"].startswith("text/html"):
                found.add(route)
    return found
