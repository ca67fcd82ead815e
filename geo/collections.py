"""The register of published layers: OGC API, tiles, exports and maps all read it, and only it.

A new layer is one entry here, a function that selects its rows, a migration and seed rows.
"""

from __future__ import annotations

from geo.errors import NotFoundError
from geo.flood.checkpoints import checkpoint_status
from geo.flood.layers import FLOOD_LAYERS
from geo.model import (
    Baseline,
    Canal,
    Case,
    Checkpoint,
    Landmark,
    PlannedDate,
    Programme,
    Report,
    Road,
    Segment,
    Site,
    Task,
    Unit,
)
from geo.query import published
from geo.query.layer import Layer
from geo.types import Text
from geo.works.parts import progress_parts
from geo.works.places import segment_progress, site_progress
from geo.works.tasks import task_status

# What accepted reports alone change (geo/intake/acceptance.py).
INSPECTED = frozenset({"state", "supplies_state", "hazard_survey_state", "drill_state", "seen_at"})
REPORTED = frozenset({"actual_start", "actual_finish", "progress_percent", "blocked_reason"})

_ENTRIES = (
    Layer(
        "districts",
        Text("行政区", "Districts"),
        Text("本区的范围（简化）。", "The outline of the district, simplified."),
        "MultiPolygon",
        published.districts,
        ("districts",),
    ),
    Layer(
        "roads",
        Text("道路", "Roads"),
        Text(
            "整治道路的中心线，自 K0+000 起计桩号。",
            "Centre lines of the roads under renovation, measured from K0+000.",
        ),
        "LineString",
        published.roads,
        ("roads",),
        edits=Road,
    ),
    Layer(
        "segments",
        Text("路段", "Road segments"),
        Text("道路按路口划分的路段，以桩号起止。", "Ranges of a road's chainage between two crossings."),
        "LineString",
        published.segments,
        ("segments", "roads"),
        stored=Segment,
        edits=Segment,
        kept=frozenset({"geom"}),
    ),
    Layer(
        "segment_progress",
        Text("路段进度", "Progress of road segments"),
        Text(
            "每个路段的进度状态、工序和判定理由。",
            "The progress state of each segment, its tasks, and why it has that state.",
        ),
        "LineString",
        segment_progress,
        ("segments", "roads", "tasks", "planned_dates", "baselines", "reports"),
        by_clock=True,
    ),
    Layer(
        "progress_parts",
        Text("分段进度", "Progress by stretch"),
        Text(
            "有分段上报的路段，按桩号和左右幅分成的各段的进度状态和判定理由。",
            "Segments of which stretches were reported: the state of each stretch of a carriageway, and why.",
        ),
        "LineString",
        progress_parts,
        ("segments", "roads", "tasks", "planned_dates", "baselines", "reports"),
        by_clock=True,
    ),
    Layer(
        "sites",
        Text("项目点", "Project sites"),
        Text("重点项目的位置。", "Where the key projects are."),
        "Point",
        published.sites,
        ("sites",),
        edits=Site,
    ),
    Layer(
        "site_progress",
        Text("项目点进度", "Progress of project sites"),
        Text(
            "每个项目点的进度状态、工序和判定理由。",
            "The progress state of each site, its tasks, and why it has that state.",
        ),
        "Point",
        site_progress,
        ("sites", "tasks", "planned_dates", "baselines", "reports"),
        by_clock=True,
    ),
    Layer(
        "canals",
        Text("干渠", "Canals"),
        Text("南水北调干渠，沿水流方向。", "The trunk canal of the South-to-North transfer, in the direction of flow."),
        "LineString",
        published.canals,
        ("canals",),
        edits=Canal,
    ),
    Layer(
        "checkpoints",
        Text("防汛点位", "Flood checkpoints"),
        Text("防汛检查的渡槽、倒虹吸和闸口。", "Aqueducts, siphons and sluices that are inspected for floods."),
        "Point",
        published.checkpoints,
        ("checkpoints",),
        edits=Checkpoint,
        kept=INSPECTED,
    ),
    Layer(
        "checkpoint_status",
        Text("防汛点位状态", "State of flood checkpoints"),
        Text(
            "每个点位的状态、时效、三项检查、水位和判定理由。",
            "The state of each checkpoint: freshness, the three inspections, water level, and why it has that state.",
        ),
        "Point",
        checkpoint_status,
        ("checkpoints", "canals", "readings", "thresholds", "reports", "cases"),
        by_clock=True,
    ),
    *FLOOD_LAYERS,
    Layer(
        "landmarks",
        Text("地标", "Landmarks"),
        Text(
            "路口、检查停靠点、地铁站等定位用的地点。",
            "Crossings, inspection stops, metro stations: places to locate by.",
        ),
        "Point",
        published.landmarks,
        ("landmarks",),
        edits=Landmark,
    ),
    Layer(
        "units",
        Text("单位", "Units"),
        Text("街道和部门；点位只作示意。", "Subdistricts and departments; a point only represents its unit."),
        "Point",
        published.units,
        ("units",),
        edits=Unit,
    ),
    Layer(
        "reports",
        Text("上报", "Reports"),
        Text("现场看到的情况，是状态变化的依据。", "What was seen on site: the evidence behind changes of state."),
        "Point",
        published.reports,
        ("reports",),
        stored=Report,
        valid_time=("observed_at", "observed_at"),
    ),
    Layer(
        "cases",
        Text("问题台账", "Problem ledger"),
        Text("发现的问题，跟踪到销号。", "Found problems, followed until they are struck off."),
        "Point",
        published.cases,
        ("cases", "segments", "sites", "checkpoints", "units", "programmes"),
        by_clock=True,
        edits=Case,
        kept=frozenset({"closed_at"}),
        valid_time=("opened_at", "closed_at"),
    ),
    Layer(
        "tasks",
        Text("节点", "Tasks"),
        Text("计划的工作：地点、单位、工序和进度。", "Planned work: place, unit, stage and progress."),
        None,
        published.tasks,
        ("tasks",),
        edits=Task,
        kept=REPORTED,
        valid_time=("actual_start", "actual_finish"),
    ),
    Layer(
        "task_status",
        Text("节点进度", "Progress of tasks"),
        Text(
            "每个节点的地点、单位、计划和实际日期、是否逾期、是否有人上报。",
            "Each task with place, unit and dates, whether it is overdue and whether anybody has reported it.",
        ),
        None,
        task_status,
        (
            *("tasks", "planned_dates", "baselines", "programmes", "units"),
            *("segments", "sites", "checkpoints", "roads"),
        ),
        by_clock=True,
    ),
    Layer(
        "programmes",
        Text("专项工作", "Programmes"),
        Text("道路整治、重点项目、防汛等专项工作。", "Bodies of work: roads, key projects, flood seasons and others."),
        None,
        published.programmes,
        ("programmes",),
        edits=Programme,
        valid_time=("starts_on", "ends_on"),
    ),
    Layer(
        "baselines",
        Text("基线", "Baselines"),
        Text("计划的各个版本，有名称和日期。", "The named, dated versions of a plan."),
        None,
        published.baselines,
        ("baselines",),
        edits=Baseline,
    ),
    Layer(
        "planned_dates",
        Text("计划日期", "Planned dates"),
        Text("各基线中每个节点的计划起止日期。", "When each task should begin and end, by baseline."),
        None,
        published.planned_dates,
        ("planned_dates",),
        edits=PlannedDate,
        valid_time=("planned_start", "planned_finish"),
    ),
)

LAYERS: dict[str, Layer] = {layer.id: layer for layer in _ENTRIES}


def layer_of(collection_id: str) -> Layer:
    """Return a layer by the id of its collection; raise NotFoundError when there is none."""
    layer = LAYERS.get(collection_id)
    if layer is None:
        raise NotFoundError(
            Text(f"没有图层“{collection_id}”。", f"There is no collection “{collection_id}”."), field="collectionId"
        )
    return layer
