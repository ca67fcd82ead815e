"""Read an OGC API with the GDAL inside pyogrio, as ogrinfo would; print JSON.

GDAL holds Python's lock while it waits for the network, so what serves from a thread has to run this as a program.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pyogrio


def read(address: str, page_size: int, layers: list[str]) -> dict[str, Any]:
    """Return for each layer (without ``layers``: all) the ids of its features, in order, and of those with geometry."""
    source = f"OAPIF:{address}"
    found = {}
    for name in layers or pyogrio.list_layers(source)[:, 0]:
        # Through Arrow, which reads to the end; the other way counts first, and leaves off what came in between.
        frame = pyogrio.read_dataframe(source, layer=name, use_arrow=True, PAGE_SIZE=str(page_size))
        ids = frame["id"] if len(frame) else frame.index  # GDAL learns a layer's columns from its features
        found[name] = {"ids": ids.tolist(), "located": ids[frame.geometry.notna()].tolist()}
    return {"version": pyogrio.__gdal_version_string__, "found": found}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read(sys.argv[1], int(sys.argv[2]), sys.argv[3:])))
