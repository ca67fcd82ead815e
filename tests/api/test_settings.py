"""Settings: read from the environment, each of them documented, wrong ones named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from api.commands.console import read_settings
from api.settings import Settings
from geo.errors import InvalidInputError

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


class Entry(NamedTuple):
    """One row of the guide's table."""

    default: str
    meaning: str
    chinese: str


def guide() -> dict[str, Entry]:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) ?\| (.+?) \| (.+?) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: Entry(default.strip("`"), meaning, chinese) for name, default, meaning, chinese in rows}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ERQI_{name.upper()}", raising=False)


def test_guide_has_every_setting_and_no_other() -> None:
    assert list(guide()) == [f"ERQI_{name.upper()}" for name in Settings.model_fields]
    mentioned = set(re.findall(r"ERQI_[A-Z_]+", GUIDE.read_text(encoding="utf-8")))
    assert mentioned <= guide().keys()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_guide_says_what_the_setting_does_and_its_default(name: str) -> None:
    entry, field = guide()[f"ERQI_{name.upper()}"], Settings.model_fields[name]
    assert entry.meaning == field.description
    assert re.search(r"[一-鿿]{2}", entry.chinese)
    if name == "home":  # depends on who starts the service
        assert "/var/lib/erqi" in entry.default
    else:
        assert entry.default == ("" if field.default is None else str(field.default))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    given = {
        "database_url": "postgresql://erqi@db.example/erqi",
        "base_path": "/erqi",
        "log_level": "error",
        "access_log": "True",
        "district": "410102",
        "statement_timeout_ms": "777",
        "seriously_behind_points": "77",
        "edit_token": "7" * 32,
        "edit_condition": "optional",
        "public_reading": "False",
        "print_sandbox": "False",
        "rate_limit": "7/second",
        "photo_url": "s3://bucket/photos",
        "address_rate_limit": "off",
    }.get(name, "7")
    monkeypatch.setenv(f"ERQI_{name.upper()}", given)
    settings = read_settings()
    assert settings.model_fields_set == {name}
    value = getattr(settings, name)
    assert (value.get_secret_value() if isinstance(value, SecretStr) else str(value)) in {given, f"{given}.0"}


def test_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = read_settings()
    for name in Settings.model_fields:
        monkeypatch.setenv(f"ERQI_{name.upper()}", "")
    assert read_settings() == plain


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ERQI_DATABASE_URL", "db.example"),
        ("ERQI_DATABASE_URL", "mysql://erqi@db.example/erqi"),
        ("ERQI_DATABASE_URL", "postgresql://erqi:s3cret@db.example:port/erqi"),
        ("ERQI_PORT", "0"),
        ("ERQI_PORT", "65536"),
        ("ERQI_PORT", "http"),
        ("ERQI_WORKERS", "0"),
        ("ERQI_BASE_PATH", "erqi"),
        ("ERQI_BASE_PATH", "//elsewhere.example"),
        ("ERQI_BASE_PATH", '/er"qi'),
        ("ERQI_DISTRICT", "41010"),
        ("ERQI_DISTRICT", "４１０１０３"),
        ("ERQI_LOG_LEVEL", "loud"),
        ("ERQI_POOL_SIZE", "0"),
        ("ERQI_STATEMENT_TIMEOUT_MS", "99"),
        ("ERQI_ITEMS_LIMIT", "10001"),
        ("ERQI_BEHIND_POINTS", "0"),
        ("ERQI_BEHIND_POINTS", "nan"),
        ("ERQI_SERIOUSLY_BEHIND_POINTS", "9"),
        ("ERQI_SERIOUSLY_BEHIND_POINTS", "101"),
        ("ERQI_FRESHNESS_HOURS", "-1"),
        ("ERQI_FRESHNESS_HOURS", "inf"),
        ("ERQI_EDIT_TOKEN", "s3cret" * 5),
        ("ERQI_EDIT_TOKEN", "s3cret令牌" * 10),
        ("ERQI_EDIT_CONDITION", "never"),
        ("ERQI_PHOTO_URL", "bucket/photos"),
        ("ERQI_PHOTO_URL", "http://bucket.example/photos"),
        ("ERQI_PHOTO_MAX_MB", "101"),
        ("ERQI_PHOTO_MAX_MEGAPIXELS", "81"),
        ("ERQI_UPLOAD_HOURS", "0"),
        ("ERQI_PUBLIC_READING", "perhaps"),
        ("ERQI_RATE_LIMIT", "600"),
        ("ERQI_RATE_LIMIT", "0/minute"),
        ("ERQI_ADDRESS_RATE_LIMIT", "many/minute"),
        ("ERQI_SESSION_HOURS", "0"),
        ("ERQI_LINK_HOURS", "721"),
    ],
)
def test_wrong_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidInputError) as refusal:
        read_settings()
    assert refusal.value.field == variable
    for sentence in refusal.value.text:
        assert variable in sentence
        assert "s3cret" not in sentence


@pytest.mark.parametrize("secret", ["simple", "p@ss:w/rd?#[]%20&=+ ;'\"\\", "密码·пароль", "%00", " "])
def test_password_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("ERQI_DATABASE_URL", "postgresql://erqi@db.example:5433/erqi?sslmode=require")
    monkeypatch.setenv("ERQI_DATABASE_PASSWORD", secret)
    settings = read_settings()
    # libpq reads the address that we make of it
    assert conninfo_to_dict(settings.server_url() or "") == {
        "user": "erqi",
        "password": secret,
        "host": "db.example",
        "port": "5433",
        "dbname": "erqi",
        "sslmode": "require",
    }
    assert repr(settings.database_password) == "SecretStr('**********')"


def test_password_of_its_own_counts_more_than_the_addresss() -> None:
    settings = Settings.model_validate(
        {"database_url": "postgresql://erqi:old@db.example/erqi", "database_password": "new"}
    )
    assert ":new@" in (settings.server_url() or "")


@pytest.mark.parametrize(("given", "kept"), [("", ""), ("/", ""), ("/erqi", "/erqi"), ("/gis/erqi/", "/gis/erqi")])
def test_prefix_is_kept_without_a_slash_at_its_end(given: str, kept: str) -> None:
    assert Settings(base_path=given).base_path == kept
