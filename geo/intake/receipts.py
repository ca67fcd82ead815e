"""Receipts: what was taken in, when and as which number, signed by Ed25519 (RFC 8032) over its canonical form."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from geo.errors import StoreUnavailableError, UnprocessableError
from geo.intake.canonical import canonical
from geo.types import Text

KEY_FILE = "receipt-key.pem"
KEY_ID_DIGITS = 16
SIGNATURE = "signature"
MEMBERS = frozenset({"district", "report_id", "body_sha256", "photos", "sequence", "received_at", "key_id", SIGNATURE})


class Taken(NamedTuple):
    """What a receipt is about: the report as it was sent, by its hash, and its place among all that came in."""

    district: str
    report_id: UUID
    body_sha256: bytes
    photos: Sequence[bytes]
    sequence: int
    received_at: datetime


class ReceiptKey:
    """The key that receipts are signed with; equal content gives equal receipts, byte by byte."""

    def __init__(self, pem: bytes) -> None:
        """Read a private key from PEM (PKCS 8); raise StoreUnavailableError for anything else."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it wants a password
            raise _no_key() from error
        if not isinstance(key, Ed25519PrivateKey):
            raise _no_key()
        self._key = key
        self.public_pem = _pem_of(key.public_key())
        self.key_id = key_id_of(key.public_key())

    def receipt(self, taken: Taken) -> dict[str, Any]:
        """Return the signed receipt of a report."""
        members = {
            "district": taken.district,
            "report_id": str(taken.report_id),
            "body_sha256": taken.body_sha256.hex(),
            "photos": [each.hex() for each in taken.photos],
            "sequence": taken.sequence,
            "received_at": instant_text(taken.received_at),
            "key_id": self.key_id,
        }
        signature = base64.urlsafe_b64encode(self._key.sign(canonical(members))).rstrip(b"=")
        return {**members, SIGNATURE: signature.decode()}


def instant_text(moment: datetime) -> str:
    """Write an instant in UTC, always with microseconds, so that it has one spelling."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def key_id_of(key: Ed25519PublicKey) -> str:
    """Return the short name of a public key: the beginning of the SHA-256 of its 32 bytes."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw).hexdigest()[:KEY_ID_DIGITS]


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Read a public key from PEM; raise UnprocessableError for what is none of Ed25519."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_public_key() from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_public_key()
    return key


def verify(receipt: Mapping[str, Any], key: Ed25519PublicKey) -> None:
    """Raise UnprocessableError unless a receipt is just as the holder of the key has signed it."""
    if receipt.keys() != MEMBERS or not isinstance(receipt[SIGNATURE], str):
        raise _refused(
            "receipt-incomplete",
            Text("回执的项目不全或有多余。", "The receipt lacks members, or has others than a receipt has."),
        )
    if receipt["key_id"] != key_id_of(key):
        raise _refused("receipt-other-key", Text("回执不是用这把密钥签的。", "Another key has signed this receipt."))
    members = {name: value for name, value in receipt.items() if name != SIGNATURE}
    try:
        key.verify(_signature(receipt[SIGNATURE]), canonical(members))
    except InvalidSignature as error:
        raise _refused(
            "receipt-forged", Text("签名不符：回执被改动过。", "The signature does not fit: the receipt was changed.")
        ) from error


def _signature(text: str) -> bytes:
    """Return the bytes of base64url, with or without its padding; what is none fits no content."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidSignature from error


def key_in(home: Path) -> ReceiptKey:
    """Return the key that is kept in ``home``, made at the first need; of several who make it at once one wins.

    Raises StoreUnavailableError when it can neither be read nor made.
    """
    path = home / KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        return ReceiptKey(path.read_bytes())
    except OSError as error:
        raise StoreUnavailableError(
            Text(
                f"不能读取或建立回执密钥 {path}（{error.strerror}）。请设置 ERQI_RECEIPT_KEY 或 ERQI_HOME。",
                f"The key of receipts, {path}, can neither be read nor made ({error.strerror}). "
                "Set ERQI_RECEIPT_KEY or ERQI_HOME.",
            ),
            field="ERQI_RECEIPT_KEY",
        ) from error


def new_key() -> bytes:
    """Return a new private key as PEM."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _make_key(path: Path) -> None:
    """Write a whole key beside its place and link it there: nobody ever reads half a key, and the first one stays."""
    path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(new_key())
            stream.flush()
            os.fsync(stream.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)


def _pem_of(key: Ed25519PublicKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def _refused(kind: str, text: Text) -> UnprocessableError:
    return UnprocessableError(text, kind=kind)


def _no_key() -> StoreUnavailableError:
    return StoreUnavailableError(
        Text("回执密钥不是 Ed25519 私钥（PEM）。", "The key of receipts is no private key of Ed25519 in PEM."),
        field="ERQI_RECEIPT_KEY",
    )


def _no_public_key() -> UnprocessableError:
    return UnprocessableError(
        Text("这不是 Ed25519 公钥（PEM）。", "This is no public key of Ed25519 in PEM."), field="key"
    )
