"""A map's table as a file: all rows that match, and for a workbook a sheet that says as of when and from where."""

from __future__ import annotations

from datetime import datetime

from fastapi.concurrency import run_in_threadpool

from api.state import State
from api.web.render import catalogue
from api.web.tables_reading import Choice, read_all
from geo.errors import NotFoundError
from geo.exchange.sheets import Sheet, csv_bytes, local
from geo.exchange.xlsx import xlsx_bytes
from geo.query.overview import district_card
from geo.query.view import PRESENT
from geo.types import Text


async def as_file(state: State, choice: Choice, form: str, made_at: datetime) -> bytes:
    """Return the table as ``csv`` or ``xlsx``; ``made_at`` (aware) is the moment that it holds for."""
    rows = await read_all(state, choice)
    title = _say(choice.table.name, choice)
    sheet = Sheet(
        title, choice.table.heading(choice.lang), rows, await _notes(state, choice, title, len(rows), made_at)
    )
    if form == "csv":
        return csv_bytes(sheet)
    return await run_in_threadpool(xlsx_bytes, sheet, notes_name=_say("note_sheet", choice), made_at=made_at)


async def _notes(state: State, choice: Choice, title: str, rows: int, made_at: datetime) -> list[tuple[str, str]]:
    card = await state.store.run("district_card", lambda: district_card(PRESENT), {"district": state.settings.district})
    if card is None:
        raise NotFoundError(
            Text("数据库中没有本区划。", "The database does not hold the district."), field="ERQI_DISTRICT"
        )
    filters = "; ".join(f"{name}={','.join(codes)}" for name, codes in choice.wanted.items())
    notes = [
        ("note_table", title),
        ("note_district", card.name_en if choice.lang == "en" else card.name_zh),
        ("note_moment", f"{local(made_at):%Y-%m-%d %H:%M} {_say('zone', choice)}"),
        ("note_filters", filters or _say("note_no_filter", choice)),
        ("note_rows", str(rows)),
        ("note_source", _say("note_source_text", choice).format(choice.table.layer_id)),
    ]
    if card.demonstration:
        notes.append(("demonstration", _say("note_demonstration", choice)))
    return [(_say(key, choice), text) for key, text in notes]


def _say(key: str, choice: Choice) -> str:
    return catalogue()[key].in_language(choice.lang)
