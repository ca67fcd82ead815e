"""Who may do what: the five roles, what narrows them, and what of it one may hand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from geo.errors import ForbiddenError
from geo.types import Text


class Role(IntEnum):
    """What somebody may do; a higher role may do all that a lower one may."""

    viewer = 1
    field = 2
    reviewer = 3
    commander = 4
    admin = 5


TITLES = {
    Role.viewer: Text("查看", "viewer"),
    Role.field: Text("现场", "field team"),
    Role.reviewer: Text("审核", "reviewer"),
    Role.commander: Text("指挥", "commander"),
    Role.admin: Text("管理员", "administrator"),
}
MAKES_TOKENS = Role.commander
GIVEN_BY_COMMANDER = Role.field


@dataclass(frozen=True)
class Grant:
    """What a token opens: a role, and what narrows it.

    None means no limit in ``unit_id``, ``checkpoint_id`` and ``report_kinds``; reports of ``trusted_kinds`` are
    accepted as they come. ``person_id`` is whose token it is, where that is known.
    """

    role: Role
    label: str = ""
    unit_id: str | None = None
    person_id: str | None = None
    checkpoint_id: str | None = None
    report_kinds: frozenset[str] | None = None
    trusted_kinds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Caller(Grant):
    """Who is calling: the holder of a token, or of a session that was opened with it.

    ``token_id`` is that of the token in both cases, so what one sent by either is his; ``expires_at`` is the token's.
    """

    district: str = ""
    token_id: str = ""
    expires_at: datetime | None = None

    @property
    def actor(self) -> str:
        """Return the name under which the history and the audit log keep what he does."""
        return self.person_id or f"token:{self.token_id}"

    def covers_unit(self, unit_id: str | None) -> bool:
        """Tell whether what belongs to a unit, or to none (None), is his to deal with."""
        return self.unit_id is None or unit_id == self.unit_id

    def refuse_less_than(self, least: Role) -> None:
        """Raise ForbiddenError below a role."""
        if self.role < least:
            needed, own = TITLES[least], TITLES[self.role]
            raise ForbiddenError(
                Text(
                    f"此操作需要“{needed.zh}”权限，当前令牌是“{own.zh}”。",
                    f"This takes the role {needed.en}; the token's is {own.en}.",
                )
            )

    def refuse_report_outside(self, kind: str, unit_id: str | None, checkpoint_id: str | None) -> None:
        """Raise ForbiddenError for a report of a kind, unit or checkpoint that the token does not open."""
        if self.report_kinds is not None and kind not in self.report_kinds:
            raise _outside("kind", Text("此类上报", "reports of this kind"))
        if not self.covers_unit(unit_id):
            raise _outside("unit_id", Text("其他单位的上报", "reports of another unit"))
        if self.checkpoint_id is not None and checkpoint_id not in {None, self.checkpoint_id}:
            raise _outside("checkpoint_id", Text("其他点位的上报", "reports of another checkpoint"))


def refuse_giving_more(giver: Caller, grant: Grant, expires_at: datetime) -> None:
    """Raise ForbiddenError, with the field at fault, when somebody hands on more than he has or may.

    A commander makes tokens of viewers and of the field team, an administrator of everybody.
    """
    giver.refuse_less_than(MAKES_TOKENS)
    if grant.role > giver.role or (giver.role < Role.admin and grant.role > GIVEN_BY_COMMANDER):
        raise _outside("role", Text("授予这个角色", "giving away this role"))
    if not giver.covers_unit(grant.unit_id):
        raise _outside("unit", Text("授予其他单位的权限", "giving away what another unit may do"))
    if giver.checkpoint_id not in {None, grant.checkpoint_id}:
        raise _outside("checkpoint", Text("授予其他点位的权限", "giving away what is of another checkpoint"))
    own = giver.report_kinds
    if own is not None and (grant.report_kinds is None or not grant.report_kinds <= own):
        raise _outside("kinds", Text("授予更多类别的上报权限", "giving away more kinds of report"))
    if own is not None and not grant.trusted_kinds <= own:
        raise _outside("trusted", Text("授予更多免审类别", "giving away more trusted kinds"))
    if giver.expires_at is not None and expires_at > giver.expires_at:
        raise _outside("days", Text("授予比自己令牌更长的期限", "giving away a longer time than one's own token has"))


def refuse_managing(caller: Caller, grant: Grant) -> None:
    """Raise ForbiddenError for looking after a token that the caller could not have made."""
    caller.refuse_less_than(MAKES_TOKENS)
    if caller.role < Role.admin and not (grant.role <= GIVEN_BY_COMMANDER and caller.covers_unit(grant.unit_id)):
        raise _outside("id", Text("管理这个令牌", "managing this token"))


def _outside(field: str, what: Text) -> ForbiddenError:
    return ForbiddenError(Text(f"令牌不允许：{what.zh}。", f"The token does not allow {what.en}."), field=field)
