"""The other servers: an environment of its own for each, and the settings under which it reads the same rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.data import BOX, PEER_LAYERS
from bench.rows import CRS_4547
from bench.words import say
from geo.store.cluster import OWNER, PrivateCluster
from geo.store.cluster_folder import PORT

REQUIREMENTS = Path(__file__).parent / "peers"
INSTALL_TIMEOUT_S = 1200
WORKERS = 2
POOL = 8  # connections of one process, as many as ours has


@dataclass(frozen=True)
class Program:
    """How to start a server: its command but for the port, its environment, and the path that answers when it is up."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready_path: str
    port_option: str = "--port"


def peer_python(name: str, cache: Path) -> Path:
    """Return the Python of a peer's environment, made on first use and made anew when its pins change."""
    pins = REQUIREMENTS / f"{name}.txt"
    made_of = sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache / f"{name}-{made_of}"
    stamp = folder / "complete"
    if not stamp.exists():
        say(f"install {name} into {folder}")
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--no-input", "-r", str(pins)])
        stamp.touch()
    return folder / "bin/python"


def peer_version(name: str) -> str:
    """Return the version that a peer is pinned to."""
    lines = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{name}=="))


def tipg(cluster: PrivateCluster, cache: Path) -> Program:
    """Run tipg without the repeated reading of its catalogue, which would only cost it time."""
    environment = {
        "DATABASE_URL": f"postgresql://{OWNER}@{quote(str(cluster.sockets), safe='')}:{PORT}/{OWNER}",
        "DB_MIN_CONN_SIZE": str(POOL),
        "DB_MAX_CONN_SIZE": str(POOL),
        "TIPG_DB_SCHEMAS": json.dumps(["bench"]),
        "TIPG_DB_TABLES": json.dumps([f"bench.{layer}" for layer in PEER_LAYERS]),
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_CATALOG_TTL": "0",
    }
    for layer in PEER_LAYERS:
        environment[f"TIPG_TABLE_CONFIG__bench_{layer}__pk"] = "id"
    return Program("tipg", _uvicorn(peer_python("tipg", cache), "tipg.main:app"), environment, "/healthz")


def pygeoapi(cluster: PrivateCluster, cache: Path, work: Path, port: int) -> Program:
    """Run pygeoapi's Starlette application; its SQLAlchemy pool has 5 connections and up to 10 more by default."""
    python = peer_python("pygeoapi", cache)
    config, openapi = work / "pygeoapi.yml", work / "pygeoapi-openapi.yml"
    config.write_text(json.dumps(_pygeoapi_config(cluster, port)), encoding="utf-8")  # JSON is YAML
    generate = [str(python.parent / "pygeoapi"), "openapi", "generate", str(config), "--output-file", str(openapi)]
    environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    _run(generate, environment)
    return Program("pygeoapi", _uvicorn(python, "pygeoapi.starlette_app:APP"), environment, "/conformance?f=json")


def _uvicorn(python: Path, application: str) -> list[str]:
    """Run an application as ours is run, but without an access log."""
    options = ["--host", "127.0.0.1", "--workers", str(WORKERS), "--no-access-log", "--log-level", "warning"]
    return [str(python), "-m", "uvicorn", application, *options]


def _pygeoapi_config(cluster: PrivateCluster, port: int) -> dict[str, Any]:
    english = {"title": "bench", "description": "bench", "keywords": ["bench"]}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 100, "max_items": 10_000},
            "map": {"url": "http://127.0.0.1/", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": english | {"keywords_type": "theme", "terms_of_service": "", "url": "http://127.0.0.1/"},
            "license": {"name": "none", "url": "http://127.0.0.1/"},
            "provider": {"name": "bench", "url": "http://127.0.0.1/"},
            "contact": {"name": "bench"},
        },
        "resources": {layer: _pygeoapi_layer(cluster, layer) | english for layer in PEER_LAYERS},
    }


def _pygeoapi_layer(cluster: PrivateCluster, layer: str) -> dict[str, Any]:
    source = {
        "name": "PostgreSQL",
        "data": {
            "host": str(cluster.sockets),
            "port": PORT,
            "dbname": OWNER,
            "user": OWNER,
            "password": "",
            "search_path": ["bench"],
        },
        "id_field": "id",
        "table": layer,
        "geom_field": "geom",
    }
    feature = source | {"type": "feature", "crs": [CRS_4547]}
    zoom = {"min": 0, "max": 20}
    tile = source | {
        "type": "tile",
        "name": "MVT-postgresql",
        "options": {"zoom": zoom},
        "format": {"name": "pbf", "mimetype": "application/vnd.mapbox-vector-tile"},
    }
    return {
        "type": "collection",
        "extents": {"spatial": {"bbox": list(BOX), "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
        "links": [],
        "providers": [feature, tile],
    }


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a step of the preparation, its output on the error stream; raise CalledProcessError when it fails."""
    subprocess.run(  # noqa: S603 - our own commands
        command, check=True, timeout=INSTALL_TIMEOUT_S, stdout=sys.stderr, env=clean_environment(environment or {})
    )


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this program's environment without what steers Python, PostgreSQL, erqi or a peer, and with ``extra``."""
    steering = ("PYTHON", "PG", "ERQI_", "TIPG_", "DB_", "DATABASE_URL", "POSTGRES_", "PYGEOAPI_", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(steering)} | dict(extra)
