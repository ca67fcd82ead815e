from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from maps import assets
from maps.assets import ASSETS, AssetMissingError, asset_url, check_assets, load_asset


def test_every_asset_of_the_list_is_installed() -> None:
    check_assets()


def test_url_and_integrity_come_from_the_content() -> None:
    content = (assets.PACKAGES / "leaflet" / "dist" / "leaflet.js").read_bytes()
    found = load_asset("leaflet.js")
    assert found.content == content
    assert asset_url("/p", "leaflet.js") == f"/p/assets/leaflet.js?v={hashlib.sha256(content).hexdigest()[:12]}"
    assert found.integrity == "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


@pytest.mark.parametrize("name", ["../pyproject.toml", "leaflet.js.map", "", "/etc/passwd"])
def test_name_outside_the_list_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        load_asset(name)


def test_missing_file_says_what_to_run(tmp_path: Path) -> None:
    source = assets._file("leaflet.js", tmp_path / "leaflet.js", assets.JAVASCRIPT)
    with pytest.raises(AssetMissingError, match=r"run \./erqi") as caught:
        source.read()
    assert "请运行 ./erqi" in caught.value.text.zh
    assert str(tmp_path) not in caught.value.text.en


def test_own_files_are_all_listed_and_short() -> None:
    own = {path.name for path in assets.STATIC.iterdir()}
    assert own <= ASSETS.keys()
    for path in assets.STATIC.glob("*.js"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
