"""What a request brings to show who is calling, and whether a browser was made to send it by another site.

A browser sends cookies, and passwords it was once given, with requests that other sites make it send; so what comes
that way is checked further. A bearer token is sent only by who holds it.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from starlette.types import Scope

from geo.access.tokens import Kind, Secret, read_code, read_token
from geo.errors import ForbiddenError
from geo.types import Text

COOKIE = "erqi_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})  # none: the person's own doing, such as a bookmark
LONGEST_HEADER = 4_096


class Credentials(NamedTuple):
    """A token or a session's cookie; ``secret`` is None where it has not the shape of ours.

    ``unasked`` tells that a browser sends it by itself.
    """

    kind: Kind
    secret: Secret | None
    unasked: bool


def credentials_of(scope: Scope) -> Credentials | None:
    """Read the header Authorization, else the session's cookie; None when there is neither.

    Of two such headers a proxy may have checked the other one, so none of them counts. A password by Basic counts
    where it is a token; else it is meant for a proxy before us.
    """
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(given) > 1:
        return Credentials("token", None, unasked=False)
    scheme, _, rest = (given[0].decode("latin-1") if given else "").partition(" ")
    if scheme.lower() == "bearer":
        return Credentials("token", read_token(rest.strip()), unasked=False)
    password = read_token(_password(rest)) if scheme.lower() == "basic" else None
    if password is not None:
        return Credentials("token", password, unasked=True)
    cookie = _cookie(scope)
    return None if cookie is None else Credentials("session", read_code(cookie), unasked=True)


def csrf_of(session: Secret) -> str:
    """Return what a page of ours sends with its own requests and another site cannot know."""
    return hmac.new(session.secret.encode(), b"erqi-csrf:" + session.id.encode(), hashlib.sha256).hexdigest()


def refuse_forged(session: Secret, given: str | None) -> None:
    """Raise ForbiddenError unless the value that a page of ours was given has come back."""
    if not hmac.compare_digest((given or "").encode(), csrf_of(session).encode()):
        raise ForbiddenError(
            Text(
                "页面校验值缺失或不对，请刷新页面再试。",
                f"The value that the page was given is missing or wrong ({CSRF_HEADER}); load the page again.",
            ),
            field=CSRF_HEADER,
        )


def refuse_other_sites(scope: Scope) -> None:
    """Raise ForbiddenError for a request that a browser says another site has made.

    Sec-Fetch-Site cannot be set by a page; where it is missing, as on plain HTTP, the host of Origin has to be ours.
    What is no browser sends neither.
    """
    headers = dict(scope["headers"])
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None:
        is_own = site.decode("latin-1").lower() in OWN_SITES
    else:
        is_own = origin is None or _host(origin) == headers.get(b"host", b"").decode("latin-1").lower()
    if not is_own:
        text = Text("请求来自其他网站，已拒绝。", "The request comes from another site and is refused.")
        raise ForbiddenError(text, field="Origin")


def _host(origin: bytes) -> str | None:
    try:
        return urlsplit(origin.decode("latin-1")).netloc.lower() or None
    except ValueError:
        return None


def _password(encoded: str) -> str:
    try:
        return b64decode(encoded.strip()[:LONGEST_HEADER], validate=True).decode("latin-1").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _cookie(scope: Scope) -> str | None:
    """Return the first cookie of ours: that of the longest path comes first (RFC 6265, 5.4)."""
    for part in _cookies(scope["headers"]):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value.strip()
    return None


def _cookies(headers: Any) -> list[str]:
    return [part for name, value in headers if name == b"cookie" for part in value.decode("latin-1").split(";")]
