from __future__ import annotations

import re
from pathlib import Path

from maps.assets import ROOT, STATIC
from maps.i18n import SCRIPT_PREFIX, catalogue, message, script_messages
from maps.print_words import WORDS

MAPS = ROOT / "maps"
KEY = re.compile(r"""["']([a-z]+(?:\.[a-z_]+)+|close|layers)["']""")


def _named_keys(files: list[Path]) -> set[str]:
    return {key for file in files for key in KEY.findall(file.read_text(encoding="utf-8"))}


def test_every_message_has_both_languages() -> None:
    for key, text in catalogue().items():
        assert text.zh.strip(), key
        assert text.en.strip(), key
        assert set(re.findall(r"\{\w+\}", text.zh)) == set(re.findall(r"\{\w+\}", text.en)), key


def test_scripts_use_every_message_of_theirs_and_no_other() -> None:
    named = _named_keys(sorted(STATIC.glob("*.js")))
    called = {
        key
        for file in STATIC.glob("*.js")
        for key in re.findall(r"""\bt\("([^"]+)\"""", file.read_text(encoding="utf-8"))
    }
    known = set(script_messages("zh"))
    assert called <= known
    assert known <= named


def test_pages_use_every_other_message_and_no_other() -> None:
    files = [*MAPS.glob("*.py"), *(MAPS / "templates").glob("*.html")]
    files = [file for file in files if not file.name.startswith("print")]
    sources = "".join(file.read_text(encoding="utf-8") for file in files)
    named = _named_keys(sorted(files)) | {f"nav.{name}" for name in re.findall(r'\("(\w+)", "/', sources)}
    known = {key for key in catalogue() if not key.startswith(SCRIPT_PREFIX)}
    assert known <= named
    asked = set(re.findall(r"""\b(?:t|message)\(["']([a-z_.]+)["']""", sources))
    assert asked <= known


def test_wall_maps_use_every_word_of_theirs_and_no_other() -> None:
    files = [*MAPS.glob("print*.py"), MAPS / "templates" / "print.html"]
    sources = "".join(file.read_text(encoding="utf-8") for file in sorted(files) if file.name != "print_words.py")
    assert set(re.findall(r"""\b(?:t|word)\(["']([a-z_]+)["']""", sources)) <= set(WORDS)
    assert [key for key in WORDS if f'"{key}"' not in sources and f"'{key}'" not in sources] == []
    for key, text in WORDS.items():
        assert text.zh.strip(), key
        assert text.en.strip(), key
        assert text.zh.count("{}") == text.en.count("{}"), key


def test_message_of_a_language_variant_is_english() -> None:
    assert message("nav.home", "en-GB") == "Home"
    assert message("nav.home", "zh-CN") == "首页"
