"""Files of reports, by their media type."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from api.ogc.bodies import read_body
from api.ogc.links import GEOJSON
from api.report_bodies import BATCH_S, MAX_BATCH, media_type
from geo.exchange.csv_reports import read_csv
from geo.exchange.geojson_reports import read_geojson
from geo.exchange.gpx_reports import read_gpx

CSV, GPX = "text/csv", "application/gpx+xml"
FILE_TYPES = (CSV, GEOJSON, GPX)


async def read_file(
    request: Request, district: str, *, kind: str | None, datum: str | None
) -> tuple[str, list[object]]:
    """Return the door that a file comes by, and its rows as report bodies or the error of a row.

    Raises HTTPException 400, 408, 413 or 415, and InvalidInputError for a file that cannot be read as a whole.
    """
    body = await read_body(request, FILE_TYPES, most=MAX_BATCH, within_s=BATCH_S)
    given = media_type(request)
    if given == CSV:
        return "csv", await asyncio.to_thread(read_csv, body, district, kind=kind, datum=datum)
    if given == GEOJSON:
        return "geojson", await asyncio.to_thread(read_geojson, body, district, kind=kind)
    return "gpx", await asyncio.to_thread(read_gpx, body, district, kind=kind)
