"""Without: a history as it would be if some values or records had never come.

>>> from resolver.simulate import replay
>>> history = [
...     {"ref": "a", "identifiers": {"email": "info@example.com", "phone": "317-555-6789"}},
...     {"ref": "b", "identifiers": {"email": "info@example.com"}},
... ]
>>> summary = replay(history, without=["email=INFO@example.com"]).summary
>>> summary.applied, summary.left_out, summary.left_out_identifiers
(1, 1, 2)
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from resolver.commands import AddIdentifier, AnyCommand, PrivacyCommand, RemoveIdentifier, ReplaceIdentifier, Resolve
from resolver.names import REF, IdType, OnInvalid, Value, ref_in
from resolver.policies import NO_POLICIES
from resolver.rules.blanks import trimmed
from resolver.rules.checks import OwnNormalizer
from resolver.rules.normalization import Normalizers
from resolver.rules.rulebook import Rulebook
from resolver.settings import Settings
from resolver.simulate.steps import Source, Wanted
from resolver.suggestions import did_you_mean


class Absent:
    """What is supposed never to have been, and how much of it was found.

    A line loses the values; one that loses all it presents is left out, and so is a command that adds, removes or
    replaces such a value, or puts it in another's place. All lines of an absent ref are left out, with the
    commands that name it, or the profile id that one of them gives. *identifiers* are more values, as pairs.
    """

    def __init__(
        self,
        texts: Sequence[str],
        region: str,
        normalizers: Mapping[str, OwnNormalizer] | Normalizers | None,
        *,
        identifiers: Iterable[tuple[IdType, Value]] = (),
    ) -> None:
        if isinstance(texts, str):
            raise ValueError(  # noqa: TRY004  the same error as for any other wrong text
                f"without: {texts!r} is one text; expected a list such as [{texts!r}]"
            )
        self.texts = tuple(texts)
        self.identifiers = 0
        self._normalizers = normalizers if isinstance(normalizers, Normalizers) else Normalizers(region, normalizers)
        self._refs: dict[str, bool] = {}
        self._values: dict[IdType, dict[str, bool]] = {}
        self._new_profiles: set[str] = set()
        for text in self.texts:
            kind, name = parsed(text)
            (self._refs if kind == REF else self._values.setdefault(kind, {}))[name] = False
        for id_type, value in identifiers:
            self._values.setdefault(id_type, {})[value] = False
        self._settings: Settings | None = None
        self._forms: Forms | None = None
        self._texts: dict[IdType, dict[Value, list[str]]] = {}
        """The absent values as they were named, by the form that the settings in force have for them."""

    def taken_out_of(self, command: AnyCommand, ref: str | None, settings: Settings) -> AnyCommand | None:
        """Return the command without what is absent; None if nothing of it is left."""
        if self._is_of_absent_ref(command, ref):
            return None
        if not self._values:
            return command
        forms = self._read_by(settings)
        if isinstance(command, Resolve | PrivacyCommand):
            return self._resolve(forms, command)
        found = [self._has(forms, id_type, raw) for id_type, raw in _values_named(command)]  # each of them is noted
        if any(found):
            self.identifiers += 1
            return None
        return command

    def found(self) -> list[str]:
        """What was found so far, as it was named."""
        refs = [f"{REF}{ref}" for ref, is_found in self._refs.items() if is_found]
        return refs + [
            f"{kind}={text}" for kind, texts in self._values.items() for text, is_found in texts.items() if is_found
        ]

    def check(self, run: Source) -> None:
        """Raise ``ValueError`` for a value or ref that the history does not have."""
        for ref, is_found in self._refs.items():
            if not is_found:
                raise ValueError(f"without: the history has no ref {ref!r}{did_you_mean(ref, run.refs())}")
        for id_type, texts in self._values.items():
            for text, is_found in texts.items():
                if not is_found:
                    raise ValueError(f"without: {_no_such_value(run, id_type, text)}")

    def _is_of_absent_ref(self, command: AnyCommand, ref: str | None) -> bool:
        if not self._refs:
            return False
        if ref in self._refs:
            self._refs[ref] = True
            new_profile = getattr(command, "new_profile_id", None)
            if isinstance(new_profile, str):
                self._new_profiles.add(new_profile)
            return True
        named = getattr(command, "profile_id", None)
        return isinstance(named, str) and (named in self._new_profiles or ref_in(named) in self._refs)

    def _read_by(self, settings: Settings) -> "Forms":
        """Read the absent values as these settings do."""
        if settings is not self._settings or self._forms is None:
            self._settings = settings
            self._forms = Forms(settings, self._normalizers)
            self._texts = {}
            for id_type, texts in self._values.items():
                forms = self._texts.setdefault(id_type, {})
                for text in texts:
                    forms.setdefault(self._forms.of(id_type, text), []).append(text)
        return self._forms

    def _has(self, forms: "Forms", id_type: object, raw: object) -> bool:
        """Whether the value is absent, and note that it was found."""
        if not isinstance(id_type, str) or id_type not in self._texts or not isinstance(raw, str):
            return False
        texts = self._texts[id_type].get(forms.of(id_type, raw), ())
        for text in texts:
            self._values[id_type][text] = True
        return bool(texts)

    def _resolve(self, forms: "Forms", command: Resolve | PrivacyCommand) -> AnyCommand | None:
        identifiers: Any = command.identifiers
        lost = 0
        kept: list[tuple[Any, Any]] = []
        for id_type, raw in _pairs(identifiers):
            several = isinstance(raw, list | tuple)
            values = [one for one in (raw if several else (raw,)) if not self._has(forms, id_type, one)]
            lost += (len(raw) if several else 1) - len(values)
            if values:
                kept.append((id_type, values if several else values[0]))
        if not lost:
            return command
        self.identifiers += lost
        if not kept:
            return None
        return msgspec.structs.replace(command, identifiers=dict(kept) if isinstance(identifiers, Mapping) else kept)


class Forms:
    """The forms in which values may be absent: as they would be stored if nothing that is given were left out.

    An unreadable text is its trimmed text then, as ``on_invalid="keep"`` stores it; a blocked value is as any other.
    """

    def __init__(self, settings: Settings, normalizers: Normalizers) -> None:
        everything = settings.with_policies(NO_POLICIES)
        self._book = Rulebook(everything, normalizers, on_invalid=OnInvalid.KEEP)

    def of(self, id_type: IdType, raw: str) -> Value:
        """Return the form of a text; the trimmed one where it is too long to be stored, or there is no such type."""
        form = self._book.stored_form(id_type, raw).value
        return Value(trimmed(raw)) if form is None else form


def parsed(text: str) -> tuple[str, str]:
    """Return (``ref:``, ref) or (idType, value) of a text; ``ValueError`` for another form.

    >>> parsed("ref:crm:17"), parsed("email=info@example.com")
    (('ref:', 'crm:17'), ('email', 'info@example.com'))
    """
    if isinstance(text, str):
        if text.startswith(REF) and len(text) > len(REF):
            return REF, text[len(REF) :]
        id_type, equals, value = text.partition("=")
        if id_type and equals and value:
            return id_type, value
    raise ValueError(f"without: {text!r} is not right; expected IDTYPE=VALUE or ref:REF")


def check_found(texts: Iterable[str], found: Collection[str], id_types: Collection[IdType]) -> None:
    """Raise ``ValueError`` for what was named and is not among what was *found* in a history.

    >>> for text in ("email=a@example.com", "email=b@example.com", "emial=a@example.com", "ref:crm:17"):
    ...     try:
    ...         check_found([text], ["email=a@example.com"], ["email"])
    ...     except ValueError as error:
    ...         print(error)
    without: the history has no email 'b@example.com'
    without: idType 'emial' is not configured; did you mean 'email'?
    without: the history has no ref 'crm:17'
    """
    for text in texts:
        if text not in found:
            kind, name = parsed(text)
            what = f"the history has no ref {name!r}" if kind == REF else _not_there(IdType(kind), name, id_types)
            raise ValueError(f"without: {what}")


def values_of(run: Source, id_type: IdType) -> list[str]:
    """Return the values of a type that a run's lines present, as they are written, each once. O(lines)."""
    given = (pair for step in run.read_steps(Wanted()) for pair in step.given)
    return list(dict.fromkeys(value for name, value in given if name == id_type and isinstance(value, str)))


def _no_such_value(run: Source, id_type: IdType, text: str) -> str:
    id_types = run.engine.settings.id_types
    near = did_you_mean(text, values_of(run, id_type)) if id_type in id_types else ""
    return f"{_not_there(id_type, text, id_types)}{near}"


def _not_there(id_type: IdType, text: str, id_types: Collection[IdType]) -> str:
    if id_type not in id_types:
        return f"idType {id_type!r} is not configured{did_you_mean(id_type, id_types)}"
    return f"the history has no {id_type} {text!r}"


def _values_named(command: AnyCommand) -> tuple[tuple[Any, Any], ...]:
    if isinstance(command, AddIdentifier | RemoveIdentifier):
        return ((command.id_type, command.value),)
    if isinstance(command, ReplaceIdentifier):
        return (command.id_type, command.old), (command.id_type, command.new)
    return ()


def _pairs(identifiers: object) -> list[tuple[Any, Any]]:
    """Return the pairs of well-formed identifiers; none of others, which the engine refuses."""
    if isinstance(identifiers, Mapping):
        return list(identifiers.items())
    if isinstance(identifiers, list | tuple) and all(
        isinstance(each, list | tuple) and len(each) == 2 for each in identifiers
    ):
        return [(id_type, raw) for id_type, raw in identifiers]
    return []
