"""The tile matrix set WebMercatorQuad (OGC 17-083r4, annex D.1), as far as its register goes."""

from __future__ import annotations

from typing import Any

from api.ogc.links import JSON, link
from geo.crs import Crs
from geo.errors import NotFoundError
from geo.query.tile_grid import MAX_ZOOM, SIDE_M
from geo.types import Text

ID = "WebMercatorQuad"
URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
SCALE_SET = "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"
TITLE = "Google Maps Compatible for the World"
MATRICES = 25  # in the register; MAX_ZOOM of them have tiles here
TILE_PIXELS = 256
PIXEL_M = 0.00028  # on a screen, by which a scale is reckoned (17-083r4, 6.1)


def check_tile_matrix_set(name: str) -> None:
    """Raise NotFoundError unless it is the tile matrix set that we have."""
    if name != ID:
        raise NotFoundError(
            Text(f"没有瓦片矩阵集“{name}”。", f"There is no tile matrix set “{name}”."), field="tileMatrixSetId"
        )


def tile_matrix_set(here: str) -> dict[str, Any]:
    """Write the definition; ``here`` is its address."""
    return {
        "id": ID,
        "title": TITLE,
        "uri": URI,
        "crs": Crs.WEB_MERCATOR.uri,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": SCALE_SET,
        "tileMatrices": [_matrix(zoom) for zoom in range(MATRICES)],
        "links": [link(here, "self", JSON, TITLE)],
    }


def tile_matrix_sets(base: str) -> dict[str, Any]:
    """List the tile matrix sets: the one."""
    entry = {
        "id": ID,
        "title": TITLE,
        "uri": URI,
        "crs": Crs.WEB_MERCATOR.uri,
        "links": [link(address(base), "self", JSON, TITLE)],
    }
    return {"tileMatrixSets": [entry]}


def address(base: str) -> str:
    """Return the address of the definition."""
    return f"{base}/ogc/tileMatrixSets/{ID}"


def limits() -> list[dict[str, Any]]:
    """List the tile matrices that have tiles, each with all of its rows and columns."""
    return [
        {
            "tileMatrix": str(zoom),
            "minTileRow": 0,
            "maxTileRow": 2**zoom - 1,
            "minTileCol": 0,
            "maxTileCol": 2**zoom - 1,
        }
        for zoom in range(MAX_ZOOM + 1)
    ]


def _matrix(zoom: int) -> dict[str, Any]:
    cell_size = SIDE_M / TILE_PIXELS / 2**zoom
    return {
        "id": str(zoom),
        "scaleDenominator": cell_size / PIXEL_M,
        "cellSize": cell_size,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-SIDE_M / 2, SIDE_M / 2],
        "tileWidth": TILE_PIXELS,
        "tileHeight": TILE_PIXELS,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }
