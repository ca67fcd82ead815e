"""The words of a printed map."""

from __future__ import annotations

from geo.types import Text

WORDS = {
    "progress": Text("道路整治进度图", "Progress of road works"),
    "hazard": Text("防汛隐患图", "Flood hazard map"),
    "badge": Text("演示数据（虚构）", "Demonstration data (fiction)"),
    "demonstration": Text("演示数据（虚构），并非实情", "Demonstration data (fiction), not the facts"),
    "as_of": Text("数据截至", "Data as of"),
    "zone": Text("北京时间", "Beijing time"),
    "legend": Text("图例", "Legend"),
    "overview": Text("位置示意", "Where this is"),
    "north": Text("北", "N"),
    "scale": Text("比例尺", "Scale"),
    "projection": Text(
        "横轴墨卡托投影，以图幅中心经线为中央经线；WGS 84 坐标",
        "Transverse Mercator about the middle of the map; WGS 84",
    ),
    "source": Text(
        "来源：erqi 区级数据库；与地图页、接口同一数据", "Source: the district's database (erqi), as on screen"
    ),
    "filtered": Text("已筛选：{}", "Filtered: {}"),
    "listed": Text("列出 {} / {} 处；编号同图上红圈", "{} of {} listed; numbers as in the red circles on the map"),
    "late_task": Text("{}逾期 {} 天", "{} {} d overdue"),
    "late_tasks": Text("{0}等 {2} 项逾期，最长 {1} 天", "{2} stages overdue, {0} longest, {1} d"),
    "reported": Text("{}上报", "reported {}"),
    "baseline": Text("基线：{}", "Baseline: {}"),
    "late": Text("滞后、受阻与未确认", "Behind, blocked or unconfirmed"),
    "dangerous": Text("险情、逾期、冲突与过时", "Danger, overdue, in the way and out of date"),
    "nothing": Text("没有需要先看的地点。", "Nothing here needs a look first."),
    "state": Text("状态", "State"),
    "why": Text("理由", "Why"),
    "unlocated": Text("未定位，不在图上", "not located, not on the map"),
    "overdue": Text("应于{}销号，逾期 {} 天", "Due {}, {} d overdue"),
    "segments": Text("路段状态（个数）", "State of segments (number)"),
    "carriageways": Text("两条线：左右幅进度不同", "Two lines: carriageways that differ"),
    "sites": Text("项目点，颜色同路段", "Project site, coloured like the lines"),
    "stops": Text("现场检查点", "Inspection stop"),
    "checkpoints": Text("点位状态（个数）", "State of checkpoints (number)"),
    "kinds": Text("点位类型", "Kind of checkpoint"),
    "cases": Text("台账条目（个数）", "Ledger entries (number)"),
    "fresh": Text("时限之内", "Seen in time"),
    "stale": Text("已过时限", "Seen too long ago"),
    "never": Text("从未看过", "Never seen"),
    "rings": Text("时效（环）", "Freshness (ring)"),
    "others": Text("其他", "Other"),
    "error": Text("虚线圈：位置误差", "Dashed circle: error of the position"),
    "signal": Text("预警", "Signal"),
    "response": Text("响应", "Response"),
    "none_in_force": Text("无", "none in force"),
    "since_by": Text("自{}起，{}", "since {}, {}"),
    "conflict_sure": Text("施工占压：确定", "Works in the way: certain"),
    "conflict_possible": Text("施工占压：误差内可能", "Works in the way: possible"),
    "store": Text("物资库点；虚线为路线", "Supplies; dashes: route"),
    "canal": Text("南水北调干渠", "Trunk canal"),
}


def word(key: str, lang: str) -> str:
    """Return a word in a language."""
    return WORDS[key].in_language(lang)
