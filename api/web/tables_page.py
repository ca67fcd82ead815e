"""A map's table as a page: which links sort and filter it, and where it goes on. It works without a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from api.state import State
from api.web.tables import MAPS, Table, shown, tables_of
from api.web.tables_reading import Choice, Page, names_in
from geo.query.sorting import sortable_names
from maps.context import PageContext


class Heading(NamedTuple):
    """A column's heading: where a click on it leads, and how the table is sorted by it now (None: it is not)."""

    text: str
    href: str | None
    order: str | None
    is_number: bool


class Option(NamedTuple):
    """One value of a filter: where a click leads, and whether it is chosen."""

    text: str
    href: str
    is_on: bool
    colour: str | None


class Address:
    """The address of the table as it is asked for, and of its neighbours."""

    def __init__(self, context: PageContext, choice: Choice, moment: str | None) -> None:
        self._context, self._choice = context, choice
        sort = ",".join(f"{'-' if key.descending else ''}{key.name}" for key in choice.sort)
        chosen = {name: ",".join(codes) for name, codes in choice.wanted.items()}
        self._filters = chosen
        self._query = {"lang": choice.lang, "of": choice.table.name, "datetime": moment, "sortby": sort, **chosen}

    def but(self, path: str | None = None, /, **changes: str | None) -> str:
        """Return the address with some parameters changed; None and empty ones are left out."""
        whole = {name: value for name, value in (self._query | changes).items() if value}
        path = path or f"/maps/{self._choice.table.map_name}/table"
        return f"{self._context.base_path}{path}?{urlencode(whole, safe=',:')}"

    def without_filters(self) -> str:
        """Return the address of the whole table."""
        return self.but(**dict.fromkeys(self._filters))


async def table_values(
    state: State, context: PageContext, choice: Choice, page: Page, moment: str | None
) -> dict[str, Any]:
    """Return what the template of a table is drawn with; ``moment`` is the one in the address, or None."""
    address, table = Address(context, choice, moment), choice.table
    exact = None if context.moment_is_now else context.moment.isoformat()
    columns = table.heading(choice.lang)[:-1]
    others = {"of": None, "sortby": None}
    return {
        "table": table,
        "address_of": address.but,
        "tables": [(each, address.but(of=each.name, sortby=None)) for each in tables_of(table.map_name)],
        "headings": list(_headings(table, choice, address)),
        "rows": [
            [(shown(value, column.kind), column.kind.value) for value, column in zip(row, columns, strict=False)]
            for row in page.rows(table, choice.lang)
        ],
        "colours": [feature["properties"].get("colour") for feature in page.features],
        "matched": page.matched,
        "next_page": None if page.after is None else address.but(after=page.after),
        "filters": [each async for each in _filters(state, context, choice, address)],
        "clear": address.without_filters() if choice.wanted else None,
        "map_address": address.but(f"/maps/{table.map_name}", **others),
        "print_address": address.but(f"/maps/{table.map_name}.pdf", **others, datetime=exact),
        "files": {
            form: address.but(f"/api/v1/tables/{table.name}.{form}", of=None, datetime=exact)
            for form in ("xlsx", "csv")
        },
    }


def _headings(table: Table, choice: Choice, address: Address) -> Iterator[Heading]:
    sorted_by = {key.name: key.descending for key in choice.sort}
    for column, name in zip(table.heading(choice.lang), table.properties(choice.lang), strict=False):
        descending = sorted_by.get(name)
        order = None if descending is None else "descending" if descending else "ascending"
        number = column.kind.value in {"number", "percent"}
        # what is large in numbers is looked for first
        turned = f"-{name}" if (number if descending is None else not descending) else name
        href = address.but(sortby=turned) if name in sortable_names(table.layer) else None
        yield Heading(column.heading, href, order, number)


async def _filters(
    state: State, context: PageContext, choice: Choice, address: Address
) -> AsyncIterator[tuple[str, list[Option], bool]]:
    for each in MAPS[choice.table.map_name].settings["filters"]:
        if each["param"] not in choice.table.filters():
            continue
        on = choice.wanted.get(each["param"], ())
        terms = await _terms(state, context, choice, each)
        yield (
            each["param"],
            [
                Option(label, address.but(**{each["param"]: _toggled(on, code)}), code in on, colour)
                for code, label, colour in terms
            ],
            each.get("folded", False),
        )


async def _terms(
    state: State, context: PageContext, choice: Choice, spec: Mapping[str, Any]
) -> list[tuple[str, str, str | None]]:
    """Return code, label and colour of each value of a filter: a vocabulary's terms, or the names of a layer."""
    if "choices" in spec:
        return [(each["code"], each[choice.lang], None) for each in spec["choices"]]
    if "scheme" in spec:
        terms = context.vocabularies.get(spec["scheme"], ())
        return [(term.code, getattr(term, f"label_{choice.lang}"), term.colour) for term in terms]
    return [(code, name, None) for code, name in await names_in(state, spec["names"], choice)]


def _toggled(on: Sequence[str], code: str) -> str:
    return ",".join(each for each in on if each != code) if code in on else ",".join((*on, code))
