"""A report as its sender writes it, checked member by member; what is wrong is said in both languages.

Nothing is looked up here: whether a task is there and where the position lies, only the database knows.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from geo.chainage import Side, parse_chainage
from geo.errors import ChainageError
from geo.intake.body_errors import refusal_of
from geo.intake.values import MAX_TEXT, is_storable, read_instant
from geo.types import Text

Kind = Literal["task_progress", "checkpoint_inspection", "water_level", "hazard", "problem", "position_fix", "note"]

EARLIEST_YEAR = 2000
MAX_PHOTOS = 20
MAX_NAME = 200  # characters of an id, a code or a name
MAX_VERSION = 2**31 - 1
FARTHEST = 1e9  # of a coordinate: metres with a zone prefix are below it
MAX_ACCURACY_M = 100_000.0
MAX_LEVEL_M = 9_000.0  # above or below any datum: no water on land lies beyond it

# What a report of each kind has to say; geo/model/reports.py has the same rule for the table.
NEEDS: dict[str, tuple[str, ...]] = {
    "task_progress": ("task_id", "progress_percent"),
    "checkpoint_inspection": ("checkpoint_id", "checkpoint_state"),
    "water_level": ("checkpoint_id", "water_level_m"),
    "hazard": ("hazard_kind",),
    "problem": ("note",),
    "position_fix": ("position", "position.accuracy_m"),
    "note": ("note",),
}


def _fault(text: Text, path: str | None = None) -> PydanticCustomError:
    """Return an error of a validator that carries its sentence in both languages; ``path``: of another member."""
    return PydanticCustomError("erqi", "{en}", {**text._asdict(), **({} if path is None else {"path": path})})


def _uuid(value: Any) -> UUID:
    found = value if isinstance(value, UUID) else as_uuid(value)
    if found is None:
        raise _fault(Text("应为 UUID", "should be a UUID"))
    return found


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    found = read_instant(value)
    if found is None:
        raise _fault(
            Text(
                "应为带时区的时刻，例如 2020-05-31T09:00:00+08:00",
                "should be an instant like 2020-05-31T09:00:00+08:00",
            ),
        )
    return found


def _not_before_us(value: datetime) -> datetime:
    if value.year < EARLIEST_YEAR:
        raise _fault(Text(f"不能早于 {EARLIEST_YEAR} 年", f"cannot be before {EARLIEST_YEAR}"))
    return value


def _storable(value: str) -> str:
    if not is_storable(value):
        raise _fault(Text("含有不能保存的字符（NUL）", "holds a character that cannot be stored (NUL)"))
    if not value.strip():
        raise _fault(Text("不能为空白", "cannot be blank"))
    return value


def _k_post(value: str) -> str:
    try:
        parse_chainage(value)
    except ChainageError as error:
        raise _fault(Text(error.text.zh.rstrip("。"), error.text.en.rstrip("."))) from error
    return value


def _distinct(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) < len(value):
        raise _fault(Text("有照片列了两次", "names a photo twice"))
    return value


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Instant = Annotated[datetime, BeforeValidator(_instant), AfterValidator(_not_before_us)]
Name = Annotated[str, Field(max_length=MAX_NAME), AfterValidator(_storable)]
Words = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_storable)]
Coordinate = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False)]
KPost = Annotated[str, Field(max_length=60), AfterValidator(_storable), AfterValidator(_k_post)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Position(_Part):
    """A position as a device or a pin gives it: ``x`` is longitude or easting, ``y`` latitude or northing."""

    x: Coordinate
    y: Coordinate
    datum: Literal["wgs84", "gcj02", "bd09", "cgcs2000"]
    accuracy_m: Annotated[float | None, Field(gt=0, le=MAX_ACCURACY_M, allow_inf_nan=False)] = None
    fixed_at: Instant | None = None
    heading_deg: Annotated[float | None, Field(ge=0, le=360, allow_inf_nan=False)] = None
    source: Literal["device", "pin"] | None = None


class Chainage(_Part):
    """A place on a road by its K-post; ``road`` is the road's id or name."""

    road: Name
    at: KPost
    side: Literal["left", "right", "on"] | None = None

    @property
    def measure_m(self) -> float:
        """Return the metres along the road."""
        return parse_chainage(self.at)


class Extent(_Part):
    """The stretch of its task's segment that progress is of, and the carriageway: the left looking up the chainage."""

    begins: Annotated[KPost, Field(alias="from")]
    ends: Annotated[KPost, Field(alias="to")]
    carriageway: Side

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.from_m >= self.to_m:
            raise _fault(Text("应大于起点桩号", "should be beyond the K-post that it begins at"), "extent.to")
        return self

    @property
    def from_m(self) -> float:
        """Return the measure in metres at which it begins."""
        return parse_chainage(self.begins)

    @property
    def to_m(self) -> float:
        """Return the measure in metres at which it ends."""
        return parse_chainage(self.ends)


class Contact(_Part):
    """Whom to ask back; kept with the submission, never published."""

    name: Name | None = None
    phone: Annotated[str, Field(max_length=50), AfterValidator(_storable)] | None = None


class ReportBody(_Part):
    """One report; units and codes as in the tables, see docs/field-api.md."""

    id: Annotated[UUID, BeforeValidator(_uuid)]
    kind: Kind
    observed_at: Instant
    position: Position | None = None
    chainage: Chainage | None = None
    place: Name | None = None
    task_id: Name | None = None
    segment_id: Name | None = None
    site_id: Name | None = None
    checkpoint_id: Name | None = None
    case_id: Name | None = None
    unit_id: Name | None = None
    progress_percent: Annotated[float | None, Field(ge=0, le=100, allow_inf_nan=False)] = None
    extent: Extent | None = None
    blocked_reason: Words | None = None
    checkpoint_state: Name | None = None
    supplies_state: Name | None = None
    hazard_survey_state: Name | None = None
    drill_state: Name | None = None
    water_level_m: Annotated[float | None, Field(ge=-MAX_LEVEL_M, le=MAX_LEVEL_M, allow_inf_nan=False)] = None
    vertical_datum: Name | None = None
    hazard_kind: Name | None = None
    note: Words | None = None
    base_version: Annotated[int | None, Field(ge=1, le=MAX_VERSION)] = None
    photos: Annotated[
        tuple[Hash, ...], BeforeValidator(_listed), Field(max_length=MAX_PHOTOS), AfterValidator(_distinct)
    ] = ()
    contact: Contact | None = None

    @model_validator(mode="after")
    def _has_an_extent_only_of_progress(self) -> Self:
        if self.extent is not None and self.kind != "task_progress":
            raise _fault(Text("只用于工程进度（task_progress）", "goes with task_progress only"), "extent")
        return self

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        for path in NEEDS[self.kind]:
            value: Any = self
            for name in path.split("."):
                value = getattr(value, name)
            if value is None:
                said = Text(f"这类上报（{self.kind}）须有“{path}”", f"a report of kind {self.kind} needs “{path}”")
                raise PydanticCustomError("erqi_needs", "{en}", {"zh": said.zh, "en": said.en, "path": path})
        return self


def as_uuid(value: Any) -> UUID | None:
    """Return the UUID that a text is in the usual form (RFC 9562, 4); None for anything else."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", value):
        return None
    return UUID(value)


def read_report(value: object) -> ReportBody:
    """Return the report that a JSON value is.

    Raises UnprocessableError: its sentence and ``field`` are of the first fault, its extras have ``errors``, a list of
    all with ``field``, ``detail_zh`` and ``detail_en``.
    """
    try:
        return ReportBody.model_validate(value)
    except ValidationError as error:
        raise refusal_of(error) from error
