"""What the published properties are called, in both languages of the service."""

from __future__ import annotations

from geo.types import Text

_LANGUAGES = {"_zh": Text("（中文）", " (Chinese)"), "_en": Text("（英文）", " (English)")}

_TITLES = {
    "id": Text("标识", "Identifier"),
    "geometry": Text("几何", "Geometry"),
    "actual_finish": Text("实际完成日期", "Actual finish"),
    "actual_percent": Text("实际进度", "Actual progress"),
    "actual_start": Text("实际开始日期", "Actual start"),
    "adopted_on": Text("通过日期", "Adopted on"),
    "age_hours": Text("距上次检查的小时数", "Hours since the last inspection"),
    "aliases": Text("别名", "Other names"),
    "as_of": Text("截至时刻", "As of"),
    "asked_by": Text("提出方", "Who asks"),
    "baseline": Text("基线", "Baseline"),
    "baseline_id": Text("基线", "Baseline"),
    "blocked_reason": Text("受阻原因", "Why it is blocked"),
    "canal": Text("干渠", "Canal"),
    "canal_id": Text("干渠", "Canal"),
    "case_id": Text("台账条目", "Case"),
    "category": Text("类别", "Category"),
    "chainage": Text("桩号", "Chainage"),
    "changed_at": Text("更改时刻", "Changed at"),
    "checkpoint_id": Text("防汛点位", "Checkpoint"),
    "checkpoint_state": Text("点位状态", "State of the checkpoint"),
    "closed_at": Text("销号时刻", "Struck off at"),
    "colour": Text("颜色", "Colour"),
    "crosses": Text("相交的道路", "Roads that cross"),
    "demonstration": Text("演示数据", "Demonstration data"),
    "description": Text("说明", "Description"),
    "drill_state": Text("预案演练", "Drill"),
    "due_on": Text("时限", "Deadline"),
    "ends_on": Text("结束日期", "Ends on"),
    "freshness": Text("时效", "Freshness"),
    "freshness_hours": Text("时效小时数", "Hours that an inspection is good for"),
    "from": Text("起点", "From"),
    "from_m": Text("起点桩号", "Chainage of the start"),
    "hazard": Text("隐患种类", "Kind of hazard"),
    "hazard_kind": Text("隐患种类", "Kind of hazard"),
    "hazard_survey_state": Text("隐患排查", "Hazard survey"),
    "inspected_on": Text("检查日期", "Inspected on"),
    "is_current": Text("现行", "Current"),
    "kind": Text("种类", "Kind"),
    "lag_points": Text("滞后百分点", "Points behind plan"),
    "last_report_at": Text("最近上报时刻", "Last report at"),
    "last_report_note": Text("最近上报内容", "Last report"),
    "length_m": Text("长度", "Length"),
    "measure_m": Text("沿线里程", "Measure along the road"),
    "name": Text("名称", "Name"),
    "note": Text("备注", "Note"),
    "number": Text("编号", "Number"),
    "observed_at": Text("观察时刻", "Observed at"),
    "offset_m": Text("偏距", "Distance from the road's line"),
    "open_cases": Text("未销号条目数", "Open cases"),
    "opened_at": Text("立项时刻", "Opened at"),
    "opens_at": Text("启用时刻", "Opens at"),
    "place": Text("地点", "Place"),
    "planned_finish": Text("计划完成日期", "Planned finish"),
    "planned_percent": Text("计划进度", "Planned progress"),
    "planned_start": Text("计划开始日期", "Planned start"),
    "position_accuracy_m": Text("位置误差", "Error of the position"),
    "position_status": Text("定位状态", "Status of the position"),
    "programme_id": Text("专项工作", "Programme"),
    "progress_percent": Text("进度", "Progress"),
    "received_at": Text("收到时刻", "Received at"),
    "road": Text("道路", "Road"),
    "road_id": Text("道路", "Road"),
    "rule": Text("判定规则", "Rule"),
    "sector": Text("行业责任单位", "Sector unit"),
    "seen_at": Text("最近检查时刻", "Last inspected at"),
    "segment_id": Text("路段", "Road segment"),
    "site_id": Text("项目点", "Site"),
    "source": Text("来源", "Source"),
    "stage": Text("工序", "Stage"),
    "starts_on": Text("开始日期", "Starts on"),
    "state": Text("状态", "State"),
    "status": Text("办理状态", "Status"),
    "supplies_state": Text("物资储备", "Supplies"),
    "task_id": Text("节点", "Task"),
    "tasks": Text("工序明细", "Tasks"),
    "territorial": Text("属地责任单位", "Territorial unit"),
    "territorial_unit_id": Text("属地责任单位", "Territorial unit"),
    "title": Text("标题", "Title"),
    "to": Text("终点", "To"),
    "to_m": Text("终点桩号", "Chainage of the end"),
    "unit_id": Text("单位", "Unit"),
    "version": Text("版本", "Version"),
    "vertical_datum": Text("高程基准", "Vertical datum"),
    "water_level_at": Text("水位观测时刻", "Water level observed at"),
    "water_level_m": Text("水位", "Water level"),
    "weight": Text("权重", "Weight"),
    "why": Text("判定理由", "Why"),
}


def title_of(name: str) -> Text:
    """Return what a property is called; one that nobody has named goes by its own name."""
    if name in _TITLES:
        return _TITLES[name]
    ending = _LANGUAGES.get(name[-3:])
    title = _TITLES.get(name[:-3])
    if ending is None or title is None:
        return Text(name, name)
    return Text(title.zh + ending.zh, title.en + ending.en)
