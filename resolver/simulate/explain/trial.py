"""A trial: some lines of a run executed again without some identifiers, in memory."""

from collections.abc import Collection, Sequence

import msgspec

from resolver.errors import ResolverError
from resolver.names import ProfileId
from resolver.rules.normalization import Normalizers
from resolver.simulate.entries import command_of
from resolver.simulate.explain.gather import Step
from resolver.simulate.explain.values import Identifier
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied
from resolver.simulate.without import REF, Absent


class Trial:
    """What lines of a run do without some identifiers: as ``replay`` does it, with nothing written down.

    ``steps`` are the lines that were applied, each with its facts; ``lines`` counts all.
    """

    def __init__(
        self, run: Run, entries: Sequence[Applied], absent: Collection[Identifier], normalizers: Normalizers
    ) -> None:
        self.steps: list[Step] = []
        self.lines = len(entries)
        self._engine = run.make_engine(run.settings, **{**run.options, "normalizers": normalizers})
        self._profile_of: dict[str, ProfileId] = {}
        missing = Absent((), normalizers.region, normalizers, identifiers=absent)
        for entry in entries:
            command = missing.taken_out_of(command_of(entry), entry.ref, run.settings)
            if command is None:
                continue
            if entry.named is not None:
                profile_id = self._profile_of.get(entry.named.removeprefix(REF), "")
                command = msgspec.structs.replace(command, profile_id=profile_id)
            try:
                outcome = self._engine.execute(command, number=entry.number)
            except ResolverError:
                continue
            assert outcome.profile_id is not None
            if entry.ref is not None:
                self._profile_of[entry.ref] = outcome.profile_id
            applied = msgspec.structs.replace(entry, status=outcome.status, profile_id=outcome.profile_id)
            self.steps.append((applied, list(outcome.facts)))

    def profile_of(self, ref: str) -> ProfileId | None:
        """Give where a ref is at the end; None if nothing is left of it."""
        profile_id = self._profile_of.get(ref, "")
        return self._engine.canonical_id(profile_id) if profile_id in self._engine else None

    def steps_of(self, ref: str) -> list[Step]:
        """Give the lines of the profile of a ref that is left."""
        profile_id = self.profile_of(ref)
        assert profile_id is not None
        ids = {profile_id, *self._engine.aliases(profile_id)}
        return [step for step in self.steps if step[0].profile_id in ids]
