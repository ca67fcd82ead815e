"""What the database's own rules say to a writer, by the name of the rule, in a sentence about a field of his."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from geo.collections import LAYERS
from geo.errors import ConflictError, ErqiError, UnprocessableError
from geo.intake.editing import table_of
from geo.query.layer import Layer
from geo.types import Text


class Rule(NamedTuple):
    """A rule of the tables: the field that a writer should look at, and what is wrong with it."""

    field: str
    text: Text
    kind: type[ErqiError] = UnprocessableError


# By the name of the constraint without ck_ or ex_ and the table; where a table's own differs, with the table.
RULES: dict[str, Rule] = {
    "geometry_valid": Rule("geometry", Text("几何为空或无效。", "The geometry is empty or not valid.")),
    "geometry_on_globe": Rule("geometry", Text("坐标超出经纬度范围。", "The geometry lies outside the globe.")),
    "measured": Rule(
        "geometry", Text("线的相邻顶点不能重合。", "Vertices that follow each other on a line must not coincide.")
    ),
    "unlocated_without_point": Rule(
        "position_status",
        Text(
            "未定位（unlocated）的要素没有几何；有几何的要素须说明定位方式。",
            "A feature that is unlocated has no geometry, and one with a geometry is not unlocated.",
        ),
    ),
    "accuracy_with_point": Rule(
        "position_accuracy_m",
        Text(
            "有几何就要给出精度（米），没有几何就不填。",
            "An accuracy in metres goes with a geometry, and only with one.",
        ),
    ),
    "accuracy_positive": Rule("position_accuracy_m", Text("精度应大于 0 米。", "The accuracy is above 0 metres.")),
    "range_in_order": Rule(
        "from_m", Text("起点桩号应不小于 0 且小于终点。", "The range begins at 0 or later and before its end.")
    ),
    "segments_no_overlap": Rule(
        "from_m",
        Text("与同一道路的另一路段重叠。", "The range overlaps another segment of the road."),
        ConflictError,
    ),
    "inside_road": Rule("to_m", Text("终点桩号超出道路长度。", "The range ends beyond the end of its road.")),
    "roads inside_road": Rule(
        "geometry",
        Text("道路变短后，有路段超出其终点。", "A segment of the road would end beyond the new end of the road."),
        ConflictError,
    ),
    "programmes dates_in_order": Rule("ends_on", Text("结束早于开始。", "It ends before it starts.")),
    "planned_dates dates_in_order": Rule("planned_finish", Text("完成早于开始。", "It finishes before it starts.")),
    "cases dates_in_order": Rule("opened_at", Text("登记时间晚于销号时间。", "It was opened after it was closed.")),
    "one_place": Rule(
        "segment_id",
        Text(
            "只能属于一个地点：路段、项目点、点位三选一。",
            "It has one place at most: a segment, a site or a checkpoint.",
        ),
    ),
    "weight_positive": Rule("weight", Text("权重应大于 0。", "The weight is above 0.")),
    "planned_dates id_of_its_parts": Rule(
        "id", Text("id 应为“baseline_id:task_id”。", "The id is baseline_id:task_id.")
    ),
    "hazard_has_kind": Rule(
        "hazard_kind",
        Text(
            "隐患类（hazard）条目须有隐患类型，其他类别不填。",
            "A case of category hazard has a kind of hazard, no other has.",
        ),
    ),
    "workflow": Rule(
        "status", Text("流程不允许这一步。", "The workflow has no such step from where it stands."), ConflictError
    ),
    "evidence": Rule(
        "status", Text("这一步需要上报作为依据。", "This step needs a report as its evidence."), ConflictError
    ),
    "baselines_current": Rule(
        "is_current",
        Text("该专项工作已有现行基线。", "Another baseline of the programme is the current one."),
        ConflictError,
    ),
    "warnings ends_after_start": Rule(
        "lifted_at", Text("解除时刻应晚于发布时刻。", "It is lifted after it was issued.")
    ),
    "warnings one_at_a_time": Rule(
        "issued_at",
        Text(
            "同一机构的同类信号在此期间已有一个；先解除它。",
            "The issuer has a signal of this kind in that time already; lift it first.",
        ),
        ConflictError,
    ),
    "responses ends_after_start": Rule("ended_at", Text("结束时刻应晚于启动时刻。", "It ends after it started.")),
    "responses one_at_a_time": Rule(
        "started_at",
        Text("此期间已有一个应急响应；先结束它。", "Another response is in force in that time; end it first."),
        ConflictError,
    ),
    "district_kind_signal_colour_valid_from": Rule(
        "valid_from",
        Text("同类信号同一颜色自该日起已有规则。", "There is a rule for this signal and colour from that day already."),
        ConflictError,
    ),
    "district_checkpoint_id_kind_vertical_datum": Rule(
        "kind",
        Text(
            "该点位在此高程基准下已有这种特征水位。",
            "The checkpoint has a threshold of this kind in this vertical datum already.",
        ),
        ConflictError,
    ),
    "value_finite": Rule("value_m", Text("水位应为有限的数。", "The level is a finite number.")),
    "cases_district_number": Rule("number", Text("编号已被使用。", "Another case has this number."), ConflictError),
}
GENERAL = Text("数据不符合该图层的规则。", "The content does not keep the rules of the layer.")

OTHER_TABLES = {
    "people": Text("人员", "people"),
    "task_dependencies": Text("工序关系", "dependencies of tasks"),
    "readings": Text("水位读数", "readings of gauges"),
}


def refusal(layer: Layer, constraint: str) -> ErqiError:
    """Return what to tell the writer to a layer whom the named constraint has refused."""
    table = table_of(layer).name
    if constraint == f"pk_{table}":
        return ConflictError(Text("这个 id 已被使用。", "There is a feature of this id already."), field="id")
    if constraint.startswith(f"fk_{table}_"):
        field = constraint.removeprefix(f"fk_{table}_").removeprefix("district_")
        return UnprocessableError(
            Text(f"“{field}”指向的内容不存在。", f"What “{field}” refers to is not there."), field=field
        )
    name = constraint.partition("_")[2]
    for owner in (table, "segments"):  # a road's new line cuts its segments anew
        name = name.removeprefix(f"{owner}_") if name not in RULES else name
    rule = RULES.get(f"{table} {name}") or RULES.get(name)
    return UnprocessableError(GENERAL) if rule is None else rule.kind(rule.text, field=rule.field)


def still_referred_to(counts: Sequence[tuple[str, int]]) -> ErqiError:
    """Return why a feature cannot be deleted, from the tables that refer to it and the number of their rows."""
    names = [(_title(table), rows) for table, rows in counts]
    zh = "、".join(f"{title.zh} {rows} 条" for title, rows in names)
    en = ", ".join(f"{rows} of {title.en}" for title, rows in names)
    return ConflictError(
        Text(f"仍被引用，不能删除：{zh}。", f"It is still referred to and stays: {en}."), field="featureId"
    )


def _title(table: str) -> Text:
    titles: Mapping[str, Text] = OTHER_TABLES | {layer.id: layer.title for layer in LAYERS.values()}
    return titles.get(table, Text(table, table))
