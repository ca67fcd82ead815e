"""What a reader of service requests asks for, by the parameters of GeoReport v2."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from geo.errors import InvalidInputError
from geo.exchange.open311 import no_service
from geo.exchange.open311_rows import CLOSED, MOST, OPEN, Wanted
from geo.intake.report_body import as_uuid
from geo.intake.values import read_instant
from geo.types import Text

SPAN = timedelta(days=90)  # the standard's longest
LONGEST = MOST * 40  # characters of a list of ids


def wanted_by(query: Mapping[str, str], codes: Collection[str]) -> Wanted:
    """Read the parameters of a list of requests; ``codes`` are those of the services.

    Without a date they are those of the last 90 days, with one of the two those of the 90 days after or before it.
    Raises InvalidInputError for what cannot be read and for more than 90 days, NotFoundError for an unknown service.
    """
    ids = _listed(query, "service_request_id")
    if ids is not None:
        return Wanted(ids=[found for each in ids if (found := as_uuid(each)) is not None])
    services = _listed(query, "service_code")
    if services is not None and not set(services) <= set(codes):
        raise no_service()
    statuses = _listed(query, "status")
    if statuses is not None and not set(statuses) <= {OPEN, CLOSED}:
        raise InvalidInputError(Text("status 应为 open 或 closed。", "status is open or closed."), field="status")
    start, end = _span(_instant(query, "start_date"), _instant(query, "end_date"))
    return Wanted(codes=services, statuses=statuses, start=start, end=end)


def _span(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    if end is None:
        end = datetime.now(timezone.utc) if start is None else start + SPAN
    start = end - SPAN if start is None else start
    if end - start > SPAN:
        raise InvalidInputError(
            Text("start_date 到 end_date 最多 90 天。", "From start_date to end_date there are 90 days at most."),
            field="start_date",
            kind="span-too-long",
        )
    return start, end


def _instant(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if not text:
        return None
    found = read_instant(text.replace(" ", "+"))  # a plus sign that was not escaped
    if found is None:
        raise InvalidInputError(
            Text(
                f"{name} 应为带时区的时刻，例如 2020-05-31T00:00:00Z。",
                f"{name} should be an instant such as 2020-05-31T00:00:00Z.",
            ),
            field=name,
        )
    return found


def _listed(query: Mapping[str, str], name: str) -> Sequence[str] | None:
    text = query.get(name, "")
    if len(text) > LONGEST:
        raise InvalidInputError(Text(f"{name} 太长。", f"{name} is too long."), field=name)
    return [each.strip() for each in text.split(",") if each.strip()] or None
