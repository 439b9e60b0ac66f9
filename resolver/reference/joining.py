"""Who yields under joining policies: whom a command's identifiers join, and what becomes of those that do not fit (P4).

Nothing is changed here; ``changes`` carries out what was found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from resolver.names import IdType, Milliseconds, Misfit, RefusalReason
from resolver.reference.fit import Pair
from resolver.reference.state import Profile, State

Fit = Callable[[State, Sequence[Profile], Sequence[Pair], Milliseconds, IdType | None], RefusalReason | None]
"""Whether profiles and the identifiers that come to them keep all bounds; the reason why not (P3)."""


@dataclass
class Joining:
    """What identifiers, in the order of priority, lead to."""

    view: State
    fit: Fit
    at: Milliseconds
    joined: list[Profile] = field(default_factory=list)  # J
    coming: list[Pair] = field(default_factory=list)  # N
    candidates: list[Profile] = field(default_factory=list)  # C
    misfits: dict[Pair, RefusalReason] = field(default_factory=dict)
    demotes: bool = False  # a misfit of a ``refuseRest`` type came
    rule: str = ""  # that found the second of the profiles

    def find(self, identifiers: Sequence[Pair]) -> None:
        """Take the identifiers one by one; then look for somebody where a value was ambiguous."""
        for pair in identifiers:
            reason = self.take(pair)
            if reason is not None:
                self.misfits[pair] = reason
                self.demotes = self.demotes or self.view.misfit(pair[0]) is Misfit.REFUSE_REST
        protects = self.view.settings.policies.protects
        if self.candidates and not any(protects(id_type) for id_type, _ in identifiers):
            free = [p for p in self.candidates if not any(protects(t) and values for t, values in p.held.items())]
            if free and self.reason_against(free[:1]) is None:
                self.joined = free[:1]

    def take(self, pair: Pair) -> RefusalReason | None:
        """Take one identifier; the reason if it is a misfit."""
        holders = self.view.holders(*pair) if self.view.has_single_rule(pair[0]) else []
        if any(profile in self.joined for profile in holders):
            return None
        if self.demotes:
            return RefusalReason.DEMOTED
        if not holders:
            left_out = pair[0] if self.view.misfit(pair[0]) is Misfit.MOVE else None
            reason = self.fit(self.view, self.joined, [*self.coming, pair], self.at, left_out)
            if reason is None:
                self.coming.append(pair)
            return reason
        if self.candidates:
            return self.meet(holders)
        reason = self.reason_against([*self.joined, *holders])
        if reason is None:
            if len(self.joined) < 2:
                self.rule = pair[0]
            self.joined += holders
        elif len(holders) > 1 and not self.joined:
            self.candidates = holders
            return None
        return reason

    def meet(self, holders: Sequence[Profile]) -> RefusalReason | None:
        """Let the candidates be those that hold a further identifier too; the reason if that leads nowhere."""
        both = [profile for profile in self.candidates if profile in holders]
        if not both:
            return RefusalReason.CONFLICT
        if len(both) > 1:
            self.candidates = both
            return None
        reason = self.reason_against(both)
        if reason is None:
            self.joined, self.candidates = both, []
        return reason

    def reason_against(self, profiles: Sequence[Profile]) -> RefusalReason | None:
        """Why profiles do not fit together with what is to come; None if they do."""
        return self.fit(self.view, profiles, self.coming, self.at, None)
