"""A request for a tile or about a tileset as typed values, and no parameter without a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from api.ogc import tile_matrix
from api.ogc.filtering import INSIDE, asked_filter
from api.ogc.parameters import READERS
from api.ogc.parsing import parse_moment, refuse_nul_in
from geo.collections import LAYERS, layer_of
from geo.errors import InvalidInputError, NotFoundError
from geo.query.layer import Layer
from geo.query.tile_grid import MAX_ZOOM, Tile
from geo.query.tiles import EVERYTHING, Wish
from geo.types import Text

DRAWN: tuple[Layer, ...] = tuple(layer for layer in LAYERS.values() if layer.geometry_type is not None)
WISHES = ("properties", "filter", "filter-lang", *INSIDE)
OF_A_COLLECTION, OF_THE_WHOLE = ("datetime", *WISHES), ("datetime", "collections")
MAX_QUERY = 4_000  # characters
MAX_SAID = 60  # characters of a request that an error repeats


@dataclass(frozen=True)
class Tiled:
    """What a request for tiles is about: the layers, in the order asked for, and the moment (None: now).

    ``collection`` is the layer whose own tileset it is, of which not everything may be wanted (``wish``, with the
    values of its filter); None for that of the whole.
    """

    layers: tuple[Layer, ...]
    collection: Layer | None = None
    moment: datetime | None = None
    form: str | None = None
    kept: str = ""
    wish: Wish = EVERYTHING
    constants: Mapping[str, Any] = field(default_factory=dict)

    def address(self, base: str) -> str:
        """Return the address of the list of tilesets."""
        return f"{base}/ogc/tiles" if self.collection is None else f"{base}/ogc/collections/{self.collection.id}/tiles"

    def tileset_address(self, base: str, ending: str = "") -> str:
        """Return the address of the tileset or of what is below it, with the parameters that select its content."""
        return f"{self.address(base)}/{tile_matrix.ID}{ending}{self.kept}"

    @property
    def title(self) -> str:
        """Return what the tileset is called."""
        return " ".join(self.collection.title) if self.collection else "二七 Erqi"


def read_tiled(query: str, forms: Sequence[str], collection_id: str | None, matrix_set: str | None) -> Tiled:
    """Read a request for a tile or about a tileset; ``forms`` are those that the answer has, by the names of ``f``.

    Without ``collection_id`` it is about the whole, without ``matrix_set`` about the list of tilesets. Raises
    NotFoundError for a collection or tile matrix set that there is not, InvalidInputError for a parameter.
    """
    if matrix_set is not None:
        tile_matrix.check_tile_matrix_set(matrix_set)
    collection = None if collection_id is None else _drawn(layer_of(collection_id))
    selecting = () if matrix_set is None else OF_A_COLLECTION if collection else OF_THE_WHOLE
    given = _parameters(query, ("f", *selecting))
    form = given.pop("f", None)
    if form is not None and form not in forms:
        raise InvalidInputError(Text(f"f 应为：{'、'.join(forms)}。", f"f is one of: {', '.join(forms)}."), field="f")
    wish, constants = (EVERYTHING, {}) if collection is None else _wish(collection, given)
    return Tiled(
        layers=(collection,) if collection else _chosen(given.get("collections")),
        collection=collection,
        moment=parse_moment(given["datetime"]) if "datetime" in given else None,
        form=form,
        kept=f"?{urlencode(given, safe=',:')}" if given else "",
        wish=wish,
        constants=constants,
    )


def _wish(layer: Layer, given: Mapping[str, str]) -> tuple[Wish, dict[str, Any]]:
    """Read which properties and which features of a layer are wanted, as in a request for its items."""
    read = {name: READERS[name].read(layer, given[name]) for name in WISHES if name in given}
    condition, constants = asked_filter(layer, read, {})
    return Wish(read.get("properties"), condition), constants


def read_tile(zoom: str, row: str, column: str) -> Tile:
    """Read which tile is asked for; raise NotFoundError for one outside the tileset (20-057, 7.2.6)."""
    texts = (zoom, row, column)
    # The last matrix has seven digits of rows; a longer number need not be read.
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 7]  # noqa: PLR2004 - digits
    tile = Tile(*numbers) if len(numbers) == len(texts) else None
    if tile is None or not tile.exists():
        said = "/".join(texts)[:MAX_SAID]
        raise NotFoundError(
            Text(
                f"没有瓦片 {said}：缩放级别为 0 到 {MAX_ZOOM}，行列号从 0 到 2 的该次方减 1。",
                f"There is no tile {said}: zoom is 0 to {MAX_ZOOM}, row and column 0 to 2^zoom - 1.",
            ),
            field="tileMatrix",
        )
    return tile


def refuse_parameters(query: str) -> None:
    """Refuse every parameter where none is taken."""
    _parameters(query, ())


def _parameters(query: str, known: Sequence[str]) -> dict[str, str]:
    if len(query) > MAX_QUERY:
        raise InvalidInputError(Text("查询参数太长。", "The query is too long."), field="query")
    given: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            raise InvalidInputError(Text(f"没有参数“{name}”。", f"There is no parameter “{name}” here."), field=name)
        if name in given:
            raise InvalidInputError(Text(f"参数“{name}”重复。", f"Parameter “{name}” is given twice."), field=name)
        refuse_nul_in(name, text)
        given[name] = text
    return given


def _drawn(layer: Layer) -> Layer:
    if layer not in DRAWN:
        raise NotFoundError(
            Text(
                f"图层“{layer.title.zh}”没有几何，因此没有瓦片。",
                f"“{layer.title.en}” has no geometry, so no tiles.",
            ),
            field="collectionId",
        )
    return layer


def _chosen(collections: str | None) -> tuple[Layer, ...]:
    """Read ``collections``; what is no collection with tiles is a bad request there (20-057, 12.4)."""
    if collections is None:
        return DRAWN
    names = collections.split(",")
    drawn = {layer.id: layer for layer in DRAWN}
    for name in names:
        if name not in drawn or names.count(name) > 1:
            raise InvalidInputError(
                Text(
                    f"collections 中的“{name}”重复，或不是有瓦片的图层。",
                    f"“{name}” in collections is there twice, or is no collection with tiles.",
                ),
                field="collections",
            )
    return tuple(drawn[name] for name in names)
