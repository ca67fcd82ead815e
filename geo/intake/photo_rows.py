"""The statements on stored photos: add one, look one up together with who may see it, note that its copies are made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Insert,
    Select,
    Text,
    Update,
    and_,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import array, insert

from geo.crs import WGS84_SRID
from geo.intake.photos import Examined
from geo.model import AccessToken, Photo, Report, ReportPhoto

ACCEPTED = "accepted"


def add(district: str, examined: Examined, token_id: str | None) -> Insert:
    """Add a photo whose original is durably stored; one that is there already stays as it is."""
    exif = examined.exif
    where = (
        None
        if exif.position is None
        else func.ST_SetSRID(func.ST_MakePoint(exif.position.lon, exif.position.lat), WGS84_SRID)
    )
    row = {
        "district": district,
        "sha256": examined.sha256,
        "media_type": examined.media_type,
        "size_bytes": examined.size_bytes,
        "width": examined.width,
        "height": examined.height,
        "perceptual_hash": examined.perceptual_hash,
        "exif_at": exif.taken_at,
        "exif_heading_deg": exif.heading_deg,
        "exif_geom": where,
        "token_id": token_id,
    }
    return insert(Photo).values(row).on_conflict_do_nothing()


def find(district: str, sha256: bytes) -> Select[Any]:
    """Select ``(media_type, size_bytes, width, height, derived_at)`` of a photo; no row: it is not stored."""
    return select(Photo.media_type, Photo.size_bytes, Photo.width, Photo.height, Photo.derived_at).where(
        Photo.district == district, Photo.sha256 == sha256
    )


def find_for(district: str, sha256: bytes, token_id: str | None, person_id: str | None) -> Select[Any]:
    """Select a photo with what decides who may see it.

    Beside the columns of :func:`find`: ``accepted``, a report that names it is accepted; ``own``, it came by this token
    or by another one of the same person; ``units``, those of the reports that name it, NULL among them for none.
    """
    naming = and_(ReportPhoto.district == Photo.district, ReportPhoto.sha256 == Photo.sha256)
    report = and_(Report.district == ReportPhoto.district, Report.id == ReportPhoto.report_id)
    reports = select(Report.id).join_from(ReportPhoto, Report, report).where(naming).correlate(Photo)
    units = (
        select(func.array_agg(Report.unit_id.distinct()))
        .select_from(ReportPhoto)
        .join(Report, report)
        .where(naming)
        .correlate(Photo)
        .scalar_subquery()
    )
    return find(district, sha256).add_columns(
        reports.where(Report.status == ACCEPTED).exists().label("accepted"),
        _is_of(token_id, person_id).label("own"),
        func.coalesce(units, cast(array([]), ARRAY(Text))).label("units"),
    )


def _is_of(token_id: str | None, person_id: str | None) -> ColumnElement[bool]:
    """Tell whether a photo came by a token, or by another of its person; nobody's token and nobody never match."""
    same_token = false() if token_id is None else func.coalesce(Photo.token_id == token_id, False)
    if person_id is None:
        return same_token
    same_person = exists().where(
        AccessToken.district == Photo.district, AccessToken.id == Photo.token_id, AccessToken.person_id == person_id
    )
    return or_(same_token, same_person)


def note_copies(district: str, sha256: bytes) -> Update:
    """Note that the copies of a photo are stored, as of now."""
    return (
        update(Photo)
        .where(Photo.district == district, Photo.sha256 == sha256)
        .values(derived_at=func.clock_timestamp())
    )
