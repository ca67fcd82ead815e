"""Every setting of the service, read from ``ERQI_*`` variables; ``docs/settings.md`` documents each of them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from geo.query.view import Thresholds

Port = Annotated[int, Field(ge=1, le=65535)]
Points = Annotated[float, Field(gt=0, le=100)]


def default_home() -> Path:
    """Return the folder of the private cluster: the machine's for root, the person's own for anybody else."""
    if os.geteuid() == 0:
        return Path("/var/lib/erqi")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "erqi"


class Settings(BaseSettings):
    """The settings of one running service."""

    model_config = SettingsConfigDict(env_prefix="ERQI_", env_ignore_empty=True, extra="forbid", frozen=True)

    database_url: str | None = Field(None, description="PostgreSQL server to use; empty: a private cluster.")
    database_password: SecretStr | None = Field(
        None, description="Password for database_url, as it is: nothing in it needs escaping."
    )
    home: Path = Field(
        default_factory=default_home, description="Folder of the private cluster, the key of receipts, photos."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(8000, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Processes that answer requests.")
    base_path: str = Field("", description="Path prefix that a proxy puts before ours, such as /erqi.")
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="Proxies whose X-Forwarded headers are believed: addresses or networks, commas between; * for all.",
    )
    district: str = Field("410103", pattern=r"^[0-9]{6}$", description="GB/T 2260 code of the district served.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    access_log: bool = Field(
        False, description="Log every request; costs a good part of a short answer. A proxy keeps such a log better."
    )
    pool_size: int = Field(8, ge=1, le=200, description="Database connections of one process.")
    statement_timeout_ms: int = Field(
        10_000, ge=100, description="Longest time of one database statement, in milliseconds."
    )
    cache_mb: int = Field(64, ge=0, description="Room for finished answers in one process, in megabytes.")
    items_limit: int = Field(100, ge=1, le=10_000, description="Features of a page when a client asks no number.")
    count_limit: int = Field(
        10_000, ge=0, description="Features up to which a layer's pages say how many match without being asked."
    )
    tiles_from: int = Field(
        1_000, ge=1, description="Features of a layer from which the maps draw it by vector tiles, a part in the list."
    )
    behind_points: Points = Field(
        10, description="Percentage points behind plan from which a place is shown as behind."
    )
    seriously_behind_points: Points = Field(
        30, description="Percentage points behind plan from which a place is shown as seriously behind."
    )
    freshness_hours: float = Field(
        24,
        gt=0,
        allow_inf_nan=False,
        description="Hours after which the last inspection of a checkpoint counts as stale.",
    )
    canal_margin_m: float = Field(
        100,
        gt=0,
        le=5_000,
        allow_inf_nan=False,
        description="Metres from the canal within which road works are listed as a conflict.",
    )
    edit_token: SecretStr | None = Field(
        None, description="Token that lets its holder write by OGC API, 32 characters or more; empty: read only."
    )
    edit_condition: Literal["required", "optional"] = Field(
        "required", description="Whether a change must name the state that it changes (If-Match)."
    )
    public_reading: bool = Field(True, description="Whether anybody may read; if not, it takes a token or a login.")
    rate_limit: str = Field(
        "600/minute", description="Writes of one token in one process, such as 10/second; off: no limit."
    )
    address_rate_limit: str = Field(
        "6000/minute", description="Writes, and refused tokens, of one address in one process; off: no limit."
    )
    session_hours: float = Field(12, gt=0, le=720, description="Hours after which a login is over.")
    link_hours: float = Field(24, gt=0, le=720, description="Hours within which a one-time link has to be used.")
    receipt_key: SecretStr | None = Field(
        None, description="Private key of receipts, Ed25519 in PEM; empty: receipt-key.pem in ERQI_HOME, made once."
    )
    photo_url: str | None = Field(
        None, description="Where photos are stored, such as s3://bucket/prefix; empty: a folder in ERQI_HOME."
    )
    photo_max_mb: int = Field(20, ge=1, le=100, description="Largest photo that is taken, in megabytes.")
    photo_max_megapixels: int = Field(
        50,
        ge=1,
        le=80,
        description="Most pixels of a photo that is taken, in millions; decoding takes 8 bytes of each.",
    )
    upload_hours: float = Field(
        168, gt=0, le=8760, description="Hours after which an upload that was not finished is thrown away."
    )
    refresh_seconds: int = Field(
        30, ge=5, le=3600, description="Seconds between two looks of an open page for what has changed."
    )
    print_workers: int = Field(1, ge=1, le=16, description="Wall maps that one process prints at the same time.")
    print_timeout_s: float = Field(
        60, gt=0, le=600, allow_inf_nan=False, description="Longest time of printing one wall map, in seconds."
    )
    print_sandbox: bool = Field(
        True, description="Whether the browser that prints confines itself; no where a container does it already."
    )
    basemap_url: str | None = Field(None, description="Tile address with {z}, {x}, {y}; empty: no basemap.")
    basemap_attribution: str = Field("", description="Whom the basemap's tiles are credited to.")

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        """Refuse what is no address of PostgreSQL; the message does not repeat it, for it may hold a password."""
        message = "it should look like postgresql://user@host:5432/database"
        try:
            backend = make_url(value).get_backend_name() if value else "postgresql"
        except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
            raise ValueError(message) from error
        if backend not in {"postgres", "postgresql"}:
            raise ValueError(message)
        return value

    @field_validator("edit_token")
    @classmethod
    def _cannot_be_guessed(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._~+/=-]{32,500}", value.get_secret_value()):
            message = "it should have 32 letters, digits and . _ ~ + / = - or more, such as: openssl rand -hex 32"
            raise ValueError(message)
        return value

    @field_validator("rate_limit", "address_rate_limit")
    @classmethod
    def _is_a_limit(cls, value: str) -> str:
        if not re.fullmatch(r"off|[1-9][0-9]{0,6}/(second|minute|hour|day)", value):
            message = "it should look like 600/minute: a number and second, minute, hour or day; or off"
            raise ValueError(message)
        return value

    @field_validator("photo_url")
    @classmethod
    def _is_durable_storage(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"(file:///|(s3a?|gs|az|azure|abfss?)://[^/])\S*", value):
            message = (
                "it should look like s3://bucket/prefix, gs://bucket/prefix, az://container/prefix or file:///folder"
            )
            raise ValueError(message)
        return value

    @field_validator("base_path")
    @classmethod
    def _without_trailing_slash(cls, value: str) -> str:
        if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", value):
            message = "it should look like /erqi: slashes, letters, digits and . _ ~ -"
            raise ValueError(message)
        return value.rstrip("/")

    @field_validator("seriously_behind_points")
    @classmethod
    def _not_below_behind(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("behind_points", 0):
            message = "it is below ERQI_BEHIND_POINTS"
            raise ValueError(message)
        return value

    def thresholds(self) -> Thresholds:
        """Return the numbers that the rules on colours and conflicts depend on."""
        return Thresholds(self.behind_points, self.seriously_behind_points, self.freshness_hours, self.canal_margin_m)

    def server_url(self) -> str | None:
        """Return the address of the server to use with its password in it, or None for a private cluster."""
        if not self.database_url:
            return None
        url = make_url(self.database_url)
        if self.database_password is not None:
            url = url.set(password=self.database_password.get_secret_value())
        return url.render_as_string(hide_password=False).replace(" ", "%20")  # libpq reads no bare space
