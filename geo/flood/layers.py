"""The published layers of flood control beside its checkpoints: signals, responses, levels, supplies, conflicts."""

from __future__ import annotations

from geo.flood.alerts import flood_status
from geo.flood.conflicts import conflicts
from geo.flood.tables import (
    readings,
    response_rules,
    responses,
    supply_points,
    supply_routes,
    thresholds,
    warnings,
)
from geo.model import Response, ResponseRule, SupplyPoint, SupplyRoute, Threshold, WeatherSignal
from geo.query.layer import Layer
from geo.types import Text

FLOOD_LAYERS = (
    Layer(
        "readings",
        Text("水位读数", "Water levels"),
        Text(
            "点位上测得的水位，按观测时刻；收到前不算已知。",
            "Levels read at checkpoints; known from when they came in.",
        ),
        "Point",
        readings,
        ("checkpoints", "readings"),
        valid_time=("observed_at", "observed_at"),
    ),
    Layer(
        "thresholds",
        Text("特征水位", "Water level thresholds"),
        Text(
            "点位的设防、警戒、保证和汛限水位，须注明高程基准。",
            "Levels that mean something at a checkpoint, each in a named vertical datum.",
        ),
        None,
        thresholds,
        ("thresholds", "checkpoints"),
        edits=Threshold,
    ),
    Layer(
        "warnings",
        Text("预警信号", "Warning signals"),
        Text(
            "气象等预警信号；颜色不等于响应级别。",
            "Weather warning signals; their colour is not the response level.",
        ),
        None,
        warnings,
        ("warnings",),
        edits=WeatherSignal,
        valid_time=("issued_at", "lifted_at"),
    ),
    Layer(
        "responses",
        Text("应急响应", "Flood responses"),
        Text("启动和结束的防汛应急响应级别。", "Flood response levels, from their start to their end."),
        None,
        responses,
        ("responses",),
        edits=Response,
        valid_time=("started_at", "ended_at"),
    ),
    Layer(
        "response_rules",
        Text("响应规则", "Response rules"),
        Text("何种信号对应几级响应，由谁规定。", "Which signal leads to which response level, by whose rule."),
        None,
        response_rules,
        ("response_rules",),
        edits=ResponseRule,
    ),
    Layer(
        "flood_status",
        Text("防汛现状", "Flood status"),
        Text(
            "现行信号、现行响应、规则建议，及三者关系的说明。",
            "Signal and response level in force, what the rules propose, and how they agree.",
        ),
        None,
        flood_status,
        ("districts", "warnings", "responses", "response_rules"),
        by_clock=True,
    ),
    Layer(
        "supply_points",
        Text("物资库点", "Supply points"),
        Text("存放防汛物资的地点。", "Stores of emergency supplies."),
        "Point",
        supply_points,
        ("supply_points",),
        edits=SupplyPoint,
    ),
    Layer(
        "supply_routes",
        Text("物资路线", "Supply routes"),
        Text("从物资库点到防汛点位的运输路线。", "Ways on which supplies go from a store to a checkpoint."),
        "LineString",
        supply_routes,
        ("supply_routes", "supply_points", "checkpoints"),
        edits=SupplyRoute,
    ),
    Layer(
        "conflicts",
        Text("施工与防汛冲突", "Works in the way of flood control"),
        Text(
            "已开工未完的路段中临近干渠或占压物资路线的部分，及理由。",
            "Stretches under work that may touch the canal or a supply route, and why.",
        ),
        "LineString",
        conflicts,
        ("segments", "roads", "tasks", "canals", "supply_routes", "supply_points", "checkpoints"),
        by_clock=True,
    ),
)
