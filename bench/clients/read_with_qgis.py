"""Read every collection with QGIS's own provider, page by page, and draw the vector tiles; print JSON.

Run by Debian's Python, which has QGIS 3.22: nothing of ours is imported here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

PAGE_SIZE = 7
ERQI_METRES = QgsRectangle(12_644_000, 4_114_000, 12_656_000, 4_134_000)  # EPSG:3857, the district
WIDTH, HEIGHT = 900, 1500


def read(address: str, collections: list[str], messages: list[str]) -> dict[str, list[str]]:
    """Return the ids of each collection in the order in which QGIS gives its features."""
    found = {}
    for name in collections:
        source = f"url='{address}' typename='{name}' pageSize='{PAGE_SIZE}' restrictToRequestBBOX='0'"
        layer = QgsVectorLayer(source, name, "OAPIF")
        if not layer.isValid():
            messages.append(f"{name}: {layer.error().message()}")
            continue
        found[name] = [feature["id"] for feature in layer.getFeatures()]
        error = layer.dataProvider().error().message()
        if error:
            messages.append(f"{name}: {error}")
    return found


def draw(address: str, image: Path, messages: list[str]) -> int:
    """Draw the segments' vector tiles; return how many pixels are not white."""
    tiles = f"{address}/collections/segments/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    layer = QgsVectorTileLayer(f"type=xyz&url={tiles}&zmin=0&zmax=18", "segments")
    layer.setRenderer(QgsVectorTileBasicRenderer())
    layer.renderer().setStyles(QgsVectorTileBasicRenderer.simpleStyleWithRandomColors())
    if not layer.isValid():
        messages.append(f"tiles: {layer.error().message()}")
        return 0
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(ERQI_METRES)
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    drawn = job.renderedImage()
    drawn.save(str(image))
    messages += [f"tiles: {each.message}" for each in job.errors()]
    white = QColor("white").rgb()
    return sum(drawn.pixel(x, y) != white for x in range(drawn.width()) for y in range(drawn.height()))


def main() -> None:
    """Read and draw: ADDRESS IMAGE COLLECTION..."""
    address, image, *collections = sys.argv[1:]
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    messages: list[str] = []
    application.messageLog().messageReceived.connect(lambda text, tag, _: messages.append(f"{tag}: {text}"))
    application.initQgis()
    answer: dict[str, Any] = {
        "version": Qgis.QGIS_VERSION,
        "found": read(address, collections, messages),
        "pixels": draw(address, Path(image), messages),
        "messages": messages,
    }
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    application.exitQgis()


if __name__ == "__main__":
    main()
