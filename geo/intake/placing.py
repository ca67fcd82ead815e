"""Where reports lie: the road and its chainage, the segment, the checkpoint or site, and whether the datum is right.

``placed`` is one SQL fragment for 1 to 1000 reports, to stand in the statement that stores them.
The rules and why they are so: docs/decisions/0015-placing-and-datums.md.
"""

from __future__ import annotations

from sqlalchemy import FromClause


def placed(district: str, sent: FromClause) -> FromClause:
    """Select where each report of ``sent`` lies, one row for each of its rows, whatever could be found.

    Columns of ``sent`` (NULL where nothing was declared): ``ordinal`` integer, distinct; ``point`` geometry, WGS 84, of
    the position read as declared (NULL: no position, or none that is possible); ``accuracy_m`` and ``heading_deg``
    double precision; ``road_id`` text and ``measure_m`` double precision of a declared chainage; ``side`` text;
    ``segment_id``, ``checkpoint_id``, ``site_id``, ``task_id`` text; ``lon``, ``lat`` double precision[] and ``name``
    text[], the sender's numbers in other readings (``geo.intake.datum_readings``; NULL or empty: none).

    Columns of the result: ``ordinal``, ``road_id``, ``measure_m``, ``offset_m``, ``side``, ``segment_id``,
    ``checkpoint_id``, ``site_id``, ``placement`` (declared, matched, ambiguous, unmatched, none), ``candidates``
    (jsonb array, nearest first; NULL: none), ``suspected_datum`` text and ``suspected_geom`` geometry (both or
    neither), ``flags`` text[] (``far_from_declared``, ``datum_suspect``, ``outside_district``,
    ``decided_by_heading``), never NULL. Ids that are declared must exist: the fragment does not check them.
    """
    raise NotImplementedError
