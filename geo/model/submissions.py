"""What came in and what was decided of it: submissions as they were sent, their photos, their reviews."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.model.base import Base, geometry_column


class Submission(Base):
    """One report as it was sent, never changed: the evidence that its receipt signs. Never published.

    ``body`` is the report as sent, ``body_sha256`` the SHA-256 of its canonical form (RFC 8785), ``candidates`` the
    places it may be of, nearest first. ``placement``: ``declared`` by the sender, ``matched`` to the one place near
    enough, ``ambiguous`` between several, ``unmatched`` near none, ``none`` without any position.
    ``suspected_geom`` is where the report lies if its position is read as ``suspected_datum``.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        CheckConstraint("octet_length(body_sha256) = 32", name="body_is_hashed"),
        CheckConstraint(
            "placement IN ('declared', 'matched', 'ambiguous', 'unmatched', 'none')", name="placement_known"
        ),
        CheckConstraint("(suspected_datum IS NULL) = (suspected_geom IS NULL)", name="suspicion_whole"),
        Index("ix_submissions_token", "district", "token_id", "received_at"),
    )

    district: Mapped[str] = mapped_column(ForeignKey("districts.district"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    received_at: Mapped[datetime]
    channel: Mapped[str]
    token_id: Mapped[str | None]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    photo_sha256: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default=text("'{}'"))
    placement: Mapped[str]
    candidates: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    suspected_datum: Mapped[str | None]
    suspected_geom: Mapped[Any] = geometry_column("POINT", nullable=True)
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))


class Photo(Base):
    """A photo that is stored whole under its SHA-256; what its EXIF says is evidence and is never published.

    ``perceptual_hash`` is a 64-bit difference hash; ``derived_at`` is NULL until the copies without EXIF are made.
    """

    __tablename__ = "photos"
    __table_args__ = (
        CheckConstraint("octet_length(sha256) = 32", name="named_by_its_hash"),
        CheckConstraint("size_bytes > 0 AND width > 0 AND height > 0", name="has_a_size"),
    )

    district: Mapped[str] = mapped_column(ForeignKey("districts.district"), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int]
    height: Mapped[int]
    perceptual_hash: Mapped[int] = mapped_column(BigInteger)
    exif_at: Mapped[datetime | None]
    exif_heading_deg: Mapped[float | None]
    exif_geom: Mapped[Any] = geometry_column("POINT", nullable=True)
    stored_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    token_id: Mapped[str | None]
    derived_at: Mapped[datetime | None]


class ReportPhoto(Base):
    """A photo that a report names; the photo itself may still be on its way."""

    __tablename__ = "report_photos"
    __table_args__ = (
        ForeignKeyConstraint(["district", "report_id"], ["reports.district", "reports.id"], ondelete="CASCADE"),
        Index("ix_report_photos_photo", "district", "sha256"),
    )

    district: Mapped[str] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    position: Mapped[int]


class Review(Base):
    """One decision on a report, never changed; its sender reads ``reason``.

    ``applied`` holds the fields that acceptance changed, ``conflicts`` those that somebody else had changed since the
    sender looked, with both values.
    """

    __tablename__ = "reviews"
    __table_args__ = (CheckConstraint("btrim(reason) <> ''", name="has_a_reason"),)

    district: Mapped[str] = mapped_column(ForeignKey("districts.district"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    from_status: Mapped[str] = mapped_column(ForeignKey("report_statuses.code"))
    to_status: Mapped[str] = mapped_column(ForeignKey("report_statuses.code"))
    reason: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    decided_by: Mapped[str]
    applied: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    conflicts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
