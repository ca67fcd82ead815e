"""OGC API - Features, Part 4 (OGC 20-002): features added, replaced, changed and deleted, one at a time.

Whoever holds the token of the settings may write. A change is checked against the state that its writer has read,
on the locked row, in the transaction that makes it.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import quote

import asyncpg
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.ogc.bodies import FEATURE_TYPES, PATCH_TYPES, accepted, declared_crs, read_body
from api.ogc.conditions import Conditions, read_conditions
from api.ogc.links import base_url
from api.ogc.parsing import refuse_nul_in
from api.ogc.serving import with_links
from api.ogc.tags import feature_tag, http_date
from api.retrying import coming_again
from api.settings import Settings
from api.state import State, state_of
from api.store import Transaction
from geo.collections import layer_of
from geo.errors import InvalidInputError, NotFoundError, UnprocessableError
from geo.intake import edits
from geo.intake.editing import (
    Content,
    id_for,
    read_feature,
    read_patch,
    refuse_changed,
    refuse_kept,
    refuse_late_beginning,
)
from geo.intake.json_body import read_object
from geo.intake.refusals import GENERAL, refusal, still_referred_to
from geo.query.features import items_by_key_statement
from geo.query.layer import Layer
from geo.query.view import PRESENT
from geo.types import Text

LOG = logging.getLogger("erqi")

PART_4 = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/"
CONFORMS_TO = tuple(
    PART_4 + name
    for name in (
        "create-replace-delete",
        "update",
        "optimistic-locking-etags",
        "optimistic-locking-timestamps",
        "features",
    )
)
READS = ("GET", "HEAD", "OPTIONS")
ADDS, CHANGES = ("POST",), ("PUT", "PATCH", "DELETE")
ACTOR = "ogc-api"

Key = tuple[str, str]  # district and id
Found = TypeVar("Found")


class EveryMethod:
    """An endpoint for whatever is no GET, so that it says itself what is allowed; a route's methods are not all."""

    def __init__(self, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        response = await self._endpoint(Request(scope, receive, send))
        await response(scope, receive, send)


async def items(request: Request) -> Response:
    """Add a feature to a collection, or say what can be done with it."""
    state, layer = state_of(request), _layer(request)
    if request.method == "OPTIONS":
        return _options(request, state, layer, ADDS)
    _let_in(request, state, layer, ADDS)
    return await _create(request, state, layer)


async def item(request: Request) -> Response:
    """Replace, change or delete a feature, or say what can be done with it."""
    state, layer = state_of(request), _layer(request)
    if request.method == "OPTIONS":
        return _options(request, state, layer, CHANGES)
    _let_in(request, state, layer, CHANGES)
    write: dict[str, Callable[[Request, State, Layer], Awaitable[Response]]] = {
        "PUT": _replace,
        "PATCH": _patch,
        "DELETE": _delete,
    }
    return await write[request.method](request, state, layer)


def may_be_written(settings: Settings, layer: Layer) -> bool:
    """Tell whether anybody at all may write to a layer."""
    return settings.edit_token is not None and layer.edits is not None


async def _create(request: Request, state: State, layer: Layer) -> Response:
    content = read_feature(layer, read_object(await read_body(request, FEATURE_TYPES)), declared_crs(request))
    refuse_kept(content)
    refuse_late_beginning(layer, content)
    key = (state.settings.district, id_for(layer, content))

    async def work(transaction: Transaction) -> dict[str, str]:
        await transaction.first(edits.sign(ACTOR))
        await transaction.first(edits.add(layer, *key, content))
        return await _validators(request, transaction, layer, key)

    validators = await _write(state, layer, work)
    where = f"{base_url(request)}/ogc/collections/{layer.id}/items/{quote(key[1], safe='')}"
    return Response(status_code=201, headers={"Location": where, **validators})


async def _replace(request: Request, state: State, layer: Layer) -> Response:
    body = read_object(await read_body(request, FEATURE_TYPES))
    return await _change(request, state, layer, read_feature(layer, body, declared_crs(request)))


async def _patch(request: Request, state: State, layer: Layer) -> Response:
    body = read_object(await read_body(request, PATCH_TYPES))
    feature_id = request.path_params["featureId"]
    return await _change(request, state, layer, read_patch(layer, body, declared_crs(request), feature_id))


async def _change(request: Request, state: State, layer: Layer, content: Content) -> Response:
    key, conditions = _key(request, state), read_conditions(request)

    async def work(transaction: Transaction) -> dict[str, str]:
        await _locked(transaction, state, layer, key, conditions)
        if content.kept:
            refuse_changed(content, orjson.loads((await _present(transaction, layer, key)).body))
        if content.columns:
            await transaction.first(edits.sign(ACTOR))
            await transaction.first(edits.change(layer, *key, content))
        return await _validators(request, transaction, layer, key)

    return Response(status_code=204, headers=await _write(state, layer, work))


async def _delete(request: Request, state: State, layer: Layer) -> Response:
    key, conditions = _key(request, state), read_conditions(request)

    async def work(transaction: Transaction) -> None:
        await _locked(transaction, state, layer, key, conditions, to_delete=True)
        referrers = edits.referrers(layer, *key)
        rows = [] if referrers is None else await transaction.rows(referrers)
        if rows:
            raise still_referred_to([(row.name, row.rows) for row in rows])
        await transaction.first(edits.sign(ACTOR))
        await transaction.first(edits.remove(layer, *key))

    await _write(state, layer, work)
    return Response(status_code=204)


async def _locked(
    transaction: Transaction, state: State, layer: Layer, key: Key, conditions: Conditions, *, to_delete: bool = False
) -> None:
    """Lock a feature; refuse where it is gone or not as the writer thinks."""
    row = await transaction.first(edits.lock(layer, *key, to_delete=to_delete))
    if row is None and conditions.if_match is not None:
        raise HTTPException(412)
    if row is None:
        raise NotFoundError(
            Text(f"图层“{layer.title.zh}”中没有“{key[1]}”。", f"“{layer.title.en}” has no feature “{key[1]}”."),
            field="featureId",
        )
    await conditions.check(transaction, layer, key, row)
    if state.settings.edit_condition == "required" and not conditions.names_a_state:
        raise HTTPException(428)


async def _write(state: State, layer: Layer, work: Callable[[Transaction], Awaitable[Found]]) -> Found:
    """Run one write, a second time if another stood in its way."""
    return await coming_again(lambda: _once(state, layer, work), of=layer.id)


async def _once(state: State, layer: Layer, work: Callable[[Transaction], Awaitable[Found]]) -> Found:
    """Run one write in a transaction of its own, and say in words what the database does not take."""
    try:
        async with state.store.transaction() as transaction:
            return await work(transaction)
    except asyncpg.IntegrityConstraintViolationError as error:
        raise refusal(layer, error.constraint_name or "") from error
    except asyncpg.DataError as error:  # such as a road on which PostGIS finds a segment in several pieces
        LOG.warning("%s: the database has no room for this content: %s", layer.id, type(error).__name__)
        raise UnprocessableError(GENERAL) from error


async def _validators(request: Request, transaction: Transaction, layer: Layer, key: Key) -> dict[str, str]:
    """Return the headers that GET will answer with; read before the end of the write, so of no later one."""
    row = await _present(transaction, layer, key)
    body = with_links(base_url(request), layer, key[1], row.body)
    return {"ETag": feature_tag(row.version, body), "Last-Modified": http_date(row.changed_at)}


async def _present(transaction: Transaction, layer: Layer, key: Key) -> Any:
    """Return the row of a feature that is there, as the writer's own transaction sees it: its text and version."""
    district, feature_id = key
    row = await transaction.run(
        ("written", layer.id),
        lambda: items_by_key_statement(layer, PRESENT),
        {"district": district, "keys": [feature_id]},
    )
    assert row is not None  # noqa: S101 - it is locked, or has just been written
    return row


def _key(request: Request, state: State) -> Key:
    return state.settings.district, request.path_params["featureId"]


def _layer(request: Request) -> Layer:
    for name, text in request.path_params.items():
        refuse_nul_in(name, text)
    return layer_of(request.path_params["collectionId"])


def _options(request: Request, state: State, layer: Layer, writes: tuple[str, ...]) -> Response:
    """Say what this client can do here (OGC 20-002, /req/create-replace-delete/options-response)."""
    if not (may_be_written(state.settings, layer) and holds_token(request, state)):
        return Response(headers={"Allow": ", ".join(READS)})
    types = FEATURE_TYPES if writes is ADDS else PATCH_TYPES
    return Response(headers={"Allow": ", ".join((*READS, *writes)), **accepted(types)})


def _let_in(request: Request, state: State, layer: Layer, writes: tuple[str, ...]) -> None:
    """Raise HTTPException 405 for what nobody can do here, 401 without the token; refuse query parameters."""
    allowed = writes if may_be_written(state.settings, layer) else ()
    if request.method not in allowed:
        raise HTTPException(405, headers={"Allow": ", ".join((*READS, *allowed))})
    if not holds_token(request, state):
        raise HTTPException(401, headers={"WWW-Authenticate": 'Bearer realm="erqi"'})
    for name in request.query_params:
        raise InvalidInputError(Text(f"没有参数“{name}”。", f"There is no parameter “{name}” here."), field=name)


def holds_token(request: Request, state: State) -> bool:
    """Tell whether a request carries the editors' token of the settings."""
    token = state.settings.edit_token
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return (
        token is not None
        and scheme.lower() == "bearer"
        and hmac.compare_digest(given.strip().encode("latin-1"), token.get_secret_value().encode())
    )
