"""The nine commands of the contract, each on a copy of a store's state: it ends in an outcome, or in an error (I7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import attrs

from resolver.blocklist import EVERY_TYPE
from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    Erase,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Unsuppress,
)
from resolver.errors import (
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    blocked_identifier,
    nobody_named,
    nothing_left,
    safe_repr,
    shown,
    suppressed_identifier,
)
from resolver.facts import (
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    Outcome,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.names import (
    BlockedThen,
    IdType,
    LimitPolicy,
    Match,
    OnInvalid,
    ProfileId,
    RefusalReason,
    RemovalReason,
    Status,
    Value,
    plain_text,
)
from resolver.reference.changes import Changes
from resolver.reference.reading import blocks, lists_of, reported
from resolver.reference.rules import Normalize
from resolver.reference.state import Profile
from resolver.rules.normalization import Normalizers, digest_of
from resolver.settings import Settings

Named = tuple[IdType, object, Value]
"""An identifier that a command names: its type, as it was given, and as it would be stored."""


@dataclass(frozen=True)
class Options:
    """What a store's user chose beside the settings, and how values and settings are read under it."""

    normalize: Normalize
    normalizers: Normalizers  # the user's own normalizations, and the region of phone numbers (N5, N9)
    on_invalid: OnInvalid
    match: Match

    def normalized(self, name: str, raw: object) -> Value:
        """The value that the normalization *name* stores for a raw one; ``InvalidIdentifier`` for none (N1 to N9)."""
        text = plain_text(raw)
        if text is None:
            raise InvalidIdentifier(f"{shown(raw)} is not a string of 1..255 characters")
        if name in self.normalizers.own:
            return self.normalizers.named(name)(text)
        return Value(self.normalize(name, text, region=self.normalizers.region))

    def to_be_stored(self, name: str, raw: object) -> Value | None:
        """The value that is stored for a raw one; None where ``drop`` leaves it out (N8)."""
        try:
            return self.normalized(name, raw)
        except InvalidIdentifier:
            if self.on_invalid is OnInvalid.KEEP:
                return self.normalized("trim", raw)
            if self.on_invalid is OnInvalid.DROP:
                return None
            raise

    def form(self, name: str, raw: object) -> Value | None:
        """The value that would be stored for a raw one if nothing blocked it; None if none would be (N8, P1)."""
        try:
            return self.to_be_stored(name, raw)
        except InvalidIdentifier:
            return None

    def checked(self, settings: Any) -> Settings:
        """Settings of which every normalization exists; ``InvalidSettings`` for others (section 2)."""
        if not issubclass(type(settings), Settings):
            raise InvalidSettings("", settings, "a Settings object; Settings.from_json reads a document")
        self.normalizers.check(settings)
        checked: Settings = settings
        checked.check_match(self.match)
        return checked


class Attempt(Changes):
    """One command, tried; made of a copy of the state, so that a refusal leaves the store untouched."""

    options: Options

    def run(self, command: AnyCommand, options: Options) -> Outcome:
        """Carry the command out; its time was read before."""
        self.options = options
        profile_id: ProfileId | None
        match command:
            case Resolve():
                profile_id = self.resolve(command.identifiers, command.new_profile_id)
            case AddIdentifier():
                profile_id = self.add(command.profile_id, command.id_type, command.value)
            case ReplaceIdentifier():
                profile_id = self.replace(command.profile_id, command.id_type, command.old, command.new)
            case RemoveIdentifier():
                profile_id = self.remove(command.profile_id, command.id_type, command.all, command.value)
            case DeleteProfile():
                profile_id = self.delete(command.profile_id)
            case ApplySettings():
                self.apply(command.settings)
                profile_id = None
            case Erase():
                self.erase(command)
                profile_id = None
            case Suppress():
                self.suppress(self.named_people(command))
                profile_id = None
            case Unsuppress():
                self.unsuppress(self.named_people(command))
                profile_id = None
            case _:
                assert_never(command)
        self.state.at = self.at
        self.state.number = self.number
        return Outcome(self.status(), profile_id, tuple(self.facts))

    def status(self) -> Status:
        """What the command did, on the whole (section 8)."""
        kinds = {type(fact) for fact in self.facts}
        if SettingsApplied in kinds:
            return Status.SETTINGS
        if ProfileDeleted in kinds:
            return Status.DELETED
        if ProfileCreated in kinds:
            return Status.CREATED
        if ProfilesMerged in kinds:
            return Status.MERGED
        changes = {IdentifierAdded, IdentifierRemoved, IdentifierEvicted, IdentifierSuppressed, IdentifierUnsuppressed}
        if kinds & changes:
            return Status.UPDATED
        return Status.UNCHANGED

    # The commands.

    def resolve(self, identifiers: object, new_profile_id: object) -> ProfileId:
        """Find, create or merge the profiles of the identifiers, then attach these (R1 to R7)."""
        given = self.readable(identifiers)
        if self.state.settings.policies.joining:
            return self.join([(t, value) for t, values in given.items() for value in values], new_profile_id).id
        matched = self.rules.match_profiles(self.state, self.state.settings, given, match=self.options.match)
        found = [self.state.profile(profile_id) for profile_id in matched.profile_ids]
        ordered = [(id_type, value) for id_type, values in given.items() for value in values]
        if not found:
            subject = self.create(ordered, new_profile_id)
        elif len(found) == 1:
            subject = found[0]
        else:
            evidence = [(id_type, Value(value)) for id_type, value in matched.identifiers]
            subject = self.merge(found, matched.rule, evidence)
        for id_type, value in ordered:
            try:
                subject = self.attach(subject, id_type, value)
            except IdentifierConflict as conflict:
                self.refuse(subject.id, id_type, value, RefusalReason.CONFLICT, ProfileId(conflict.owner))
        return subject.id

    def add(self, profile_id: object, id_type: object, raw: object) -> ProfileId:
        """Attach one value (A1 to A4)."""
        subject = self.state.profile(profile_id)
        name = self.state.config(id_type).id_type
        value = self.storable(subject.id, name, raw)
        return subject.id if value is None else self.attach(subject, name, value).id

    def replace(self, profile_id: object, id_type: object, old: object, new: object) -> ProfileId:
        """Put a new value in the place of an old one (A5)."""
        subject = self.state.profile(profile_id)
        name = self.state.config(id_type).id_type
        value = self.storable(subject.id, name, new)
        if value is None:
            return subject.id
        leaving = self.named(subject, name, old)
        if leaving == value:
            return subject.id
        before, subject_id = self.state.copy(), subject.id
        self.take(subject, name, leaving, RemovalReason.REPLACED)
        if value in subject.values(name):
            self.trim(subject, name)
            return subject.id
        subject = self.attach(subject, name, value)
        refusals = [fact for fact in self.facts if isinstance(fact, IdentifierRefused)]
        has_merged = any(isinstance(fact, ProfilesMerged) for fact in self.facts)
        if refusals and not (has_merged and self.state.settings.policies.joining):  # nothing changes, old stays
            self.state, self.facts = before, []
            self.refuse(subject_id, name, value, refusals[-1].reason, refusals[-1].owner)
            return subject_id
        return subject.id

    def remove(self, profile_id: object, given_type: object, everything: object, text: object) -> ProfileId:
        """Take one value away, by the policy or by name, or all of them (A6)."""
        subject = self.state.profile(profile_id)
        id_type = self.state.known(given_type)
        if type(everything) is not bool:
            raise InvalidCommand(f"all={safe_repr(everything)} is not right; expected True or False")
        if everything and text is not None:
            raise InvalidCommand("all=True and value= exclude each other; give one of them")
        values = subject.values(id_type)
        if text is not None:
            leaving = [self.named(subject, id_type, text)]
        elif everything:
            leaving = values
        else:
            leaving = values[:1] if self.policy(id_type) is LimitPolicy.FIFO else values[-1:]
        if not leaving:
            raise IdentifierNotFound(f"profile {subject.id!r} holds no {id_type!r}")
        for value in leaving:
            self.take(subject, id_type, value, RemovalReason.REMOVED)
        if self.state.is_configured(id_type):
            self.trim(subject, id_type)
        return subject.id

    def delete(self, profile_id: object) -> ProfileId:
        """Forget a profile and all the ids that lead to it (M7)."""
        return self.forget(self.state.profile(profile_id))

    def forget(self, subject: Profile) -> ProfileId:
        """Forget a profile and all the ids that lead to it."""
        aliases = self.state.aliases(subject)
        for name in (subject.id, *aliases):
            del self.state.leads_to[name]
        del self.state.profiles[subject.id]
        self.facts.append(ProfileDeleted(self.number, self.at, subject.id, aliases))
        return subject.id

    def erase(self, command: Erase) -> None:
        """Forget every profile that holds one of the identifiers, and suppress these where that is asked (P12, P13)."""
        if type(command.suppress) is not bool:
            raise InvalidCommand(f"suppress={safe_repr(command.suppress)} is not right; expected True or False")
        named = self.named_people(command)
        texts = [(id_type, text) for id_type, raw, value in named for text in (plain_text(raw), value)]
        for profile in self.state.earliest_first():
            if any(text in profile.values(id_type) for id_type, text in texts):
                self.forget(profile)
        if command.suppress:
            self.suppress(named)

    def suppress(self, named: Sequence[Named]) -> None:
        """Refuse later commands that give one of the identifiers (P13)."""
        for id_type, _, value in named:
            digest = digest_of(id_type, value)
            if digest not in self.state.suppressed:
                self.state.suppressed.add(digest)
                self.facts.append(IdentifierSuppressed(self.number, self.at, id_type, digest))

    def unsuppress(self, named: Sequence[Named]) -> None:
        """Let commands give the identifiers again (P13)."""
        for id_type, _, value in named:
            digest = digest_of(id_type, value)
            if digest in self.state.suppressed:
                self.state.suppressed.remove(digest)
                self.facts.append(IdentifierUnsuppressed(self.number, self.at, id_type, digest))

    def apply(self, settings: object) -> None:
        """Put settings in force; nothing stored changes (S1)."""
        checked = self.options.checked(settings)
        self.state.settings = attrs.evolve(checked, version=self.state.settings.version + 1)
        self.facts.append(SettingsApplied(self.number, self.at, self.state.settings))

    # Reading values.

    def readable(self, identifiers: object) -> dict[IdType, list[Value]]:
        """The normalized values by idType (R1), in the order of attaching, each once, at its first place (R4)."""
        given: dict[IdType, list[Value]] = {}
        for id_type, raws in lists_of(identifiers):
            name = self.state.config(id_type).id_type
            for raw in raws:
                value = self.storable(None, name, raw)
                if value is not None and value not in given.setdefault(name, []):
                    given[name].append(value)
        if not given:
            left_out = [fact.reason for fact in self.facts if isinstance(fact, IdentifierRefused)]
            raise nothing_left(len(left_out), left_out.count(RefusalReason.BLOCKED))  # R5
        return {id_type: given[id_type] for id_type in self.state.type_order() if id_type in given}

    def storable(self, profile_id: ProfileId | None, id_type: IdType, raw: object) -> Value | None:
        """The value to store; None if it was left out, as it is blocked (P1) or unreadable (N8).

        Whatever else is said of a suppressed one, nothing of it is kept (P13).
        """
        self.check_suppressed(id_type, raw)
        if self.is_blocked(profile_id, id_type, raw):
            return None
        value = self.options.to_be_stored(self.state.config(id_type).normalization, raw)
        if value is None:
            self.refuse(profile_id, id_type, reported(raw), RefusalReason.INVALID)
        return value

    def check_suppressed(self, id_type: IdType, raw: object) -> None:
        """Raise ``SuppressedIdentifier`` for a value that is suppressed (P13)."""
        value = self.options.form(self.state.config(id_type).normalization, raw)
        if value is not None and digest_of(id_type, value) in self.state.suppressed:
            raise suppressed_identifier(id_type, digest_of(id_type, value))

    def is_blocked(self, profile_id: ProfileId | None, id_type: IdType, raw: object) -> bool:
        """Whether a value is blocked and left out; ``IdentifierBlocked`` where an entry refuses the command (P1)."""
        given = plain_text(raw)
        if given is None:
            return False
        form = self.options.form(self.state.config(id_type).normalization, given)
        hits = [
            entry
            for entry in self.state.settings.policies.blocked
            if entry.id_type in (id_type, EVERY_TYPE) and blocks(entry, given.strip(), form)
        ]
        if any(entry.then is BlockedThen.REFUSE for entry in hits):
            raise blocked_identifier(id_type, given)
        if hits:
            self.refuse(profile_id, id_type, given, RefusalReason.BLOCKED)
        return bool(hits)

    def named(self, subject: Profile, id_type: IdType, text: object) -> Value:
        """The profile's value that a text names: as it stands, else by its normalized form (A8)."""
        values = subject.values(id_type)
        wanted = plain_text(text)
        if wanted is not None:
            if wanted in values:
                return Value(wanted)
            if self.state.is_configured(id_type):
                try:
                    value = self.normalized(id_type, wanted)
                except InvalidIdentifier:
                    value = None
                if value in values:
                    return value
        raise IdentifierNotFound(f"profile {subject.id!r} does not hold {id_type} {safe_repr(text)}")

    def named_people(self, command: Erase | Suppress | Unsuppress) -> list[Named]:
        """The identifiers that a command names, as look-ups name them; ``InvalidIdentifier`` for none (P12, A8)."""
        named: list[Named] = []
        for given_type, raws in lists_of(command.identifiers):
            id_type = self.state.known(given_type)
            for raw in raws:
                is_configured = self.state.is_configured(id_type)
                name = self.state.config(id_type).normalization if is_configured else "none"
                try:
                    value = self.options.normalized(name, raw)
                except InvalidIdentifier:
                    if not is_configured or self.options.on_invalid is not OnInvalid.KEEP:
                        raise
                    value = self.options.normalized("trim", raw)
                named.append((id_type, raw, value))
        if not named:
            raise nobody_named(type(command).__name__.lower())
        return named

    def normalized(self, id_type: IdType, raw: object) -> Value:
        """The value that a configured type stores for a raw one (N1 to N9)."""
        return self.options.normalized(self.state.config(id_type).normalization, raw)
