"""The explanation: frozen values that say what happened, when, and by which rule; and all of it in words."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from resolver.display import counted, displayed, listed
from resolver.errors import shown
from resolver.json_documents import plain
from resolver.names import COLLISION, IdType, Milliseconds
from resolver.simulate import notebook
from resolver.simulate.steps import Step

Identifier = tuple[IdType, Any]
"""An (idType, value) pair: normalized, or as it was written where it could not be read."""

_START = datetime(1970, 1, 1, tzinfo=UTC)


class Value(msgspec.Struct, frozen=True, rename="camel"):
    """Base of all parts; its fields are those of the JSON form."""

    def to_json(self) -> dict[str, Any]:
        """Return the part as ``resolver explain --json`` prints it."""
        document: dict[str, Any] = plain(self)
        return document


class Moment(Value, frozen=True):
    """One line of the history: its number, its record's ref, and its time in milliseconds, None if it has none."""

    line: int
    ref: str | None
    at: Milliseconds | None

    @classmethod
    def of(cls, step: Step) -> "Moment":
        """Return the moment of a line: its own time, never the one that the engine gave a line without."""
        return cls(step.line, step.ref, step.at)

    @property
    def time(self) -> str:
        """The time as ISO 8601 in UTC.

        >>> Moment(41, "crm:17", 1767348000000).time
        '2026-01-02T10:00:00Z'
        """
        if self.at is None:
            return "no time"
        try:
            told = (_START + timedelta(milliseconds=self.at)).isoformat().replace("+00:00", "Z")
        except OverflowError:
            return f"{self.at} ms"
        return told.replace("000Z", "Z") if "." in told else told


class Brought(Value, frozen=True):
    """A value by which a profile matched, and the line that had brought it there."""

    identifier: Identifier
    by: Moment


class Link(Value, frozen=True):
    """Why two lines are one profile: one step of a chain.

    ``kind`` is ``value`` (both presented the identifier), ``combination`` (a compound rule, or a similar value) or
    ``name`` (the line ``second`` names the record of the line ``first`` as its profile). ``rule`` is the matching
    rule's text, ``collision`` where adding an owned value joined them. ``added`` is the line that first brought the
    value, ``joined`` the line at which the link came about. In a combination the profiles of the two lines matched:
    ``first_brought`` and ``second_brought`` are the values of each side, which may have come from several records.
    """

    kind: str
    first: Moment
    second: Moment
    rule: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    added: Moment | None = None
    joined: Moment | None = None
    first_brought: tuple[Brought, ...] = ()
    second_brought: tuple[Brought, ...] = ()


class Merge(Value, frozen=True):
    """Profiles became one. Each is named by the ref of the record that created it; the first one survived."""

    when: Moment
    profiles: tuple[str, ...]
    rule: str
    identifiers: tuple[Identifier, ...]


class Event(Value, frozen=True):
    """One thing that happened to an identifier.

    ``what`` is ``added``, ``moved``, ``evicted``, ``removed``, ``deleted``, ``refused``, ``dropped`` or ``rejected``;
    ``why`` says it in words.
    """

    what: str
    when: Moment
    why: str
    number: int
    """The number of the command, which orders events; the line's own where lines were not sorted."""


class Fate(Value, frozen=True):
    """All that happened to one identifier in a profile, in order, and whether the profile holds it at the end."""

    identifier: Identifier
    events: tuple[Event, ...]
    is_held: bool


class Common(Value, frozen=True):
    """An identifier that two profiles have both had, and what kept it from joining them."""

    identifier: Identifier
    why: str
    first: tuple[Event, ...]
    second: tuple[Event, ...]


class Cut(Value, frozen=True):
    """A smallest set of identifiers without which two records are not one profile.

    There always is one: a line that loses all its values is gone, and so is a command that names a record with one of
    its values, or a record that is gone. ``why`` says where nothing is left of the two records then. ``is_smallest``
    tells whether it is proven that no smaller set would do. ``replays`` are the replays made, of ``lines`` lines each.
    """

    identifiers: tuple[Identifier, ...]
    is_smallest: bool
    why: str
    replays: int
    lines: int


class Records(Value, frozen=True):
    """One side of an explanation: a ref, its last line, its profile, and what became of that."""

    ref: str
    line: Moment
    profile_id: str
    refs: tuple[str, ...]
    merges: tuple[Merge, ...]
    fates: tuple[Fate, ...]
    deleted: Moment | None = None


class Explanation(Value, frozen=True):
    """What ``explain`` returns: ``str()`` is it in words, ``to_json()`` what ``resolver explain --json`` prints.

    ``first`` is the side of the first ref, ``second`` of the other (None, if one ref was asked for or both are one
    profile). ``together`` is None for one ref. For two that are together: ``since`` when, the ``chain`` of links
    between them, and the ``cut`` that would keep them apart (None, if it was not wanted). For two that are apart:
    ``common``, every identifier that both profiles have had.
    """

    refs: tuple[str, ...]
    together: bool | None
    first: Records
    second: Records | None = None
    since: Moment | None = None
    chain: tuple[Link, ...] = ()
    common: tuple[Common, ...] = ()
    cut: Cut | None = None

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        names = " and ".join(map(shown, self.refs))
        if self.together is None:
            return f"<Explanation: {names} in a profile of {counted(len(self.first.refs), 'record')}>"
        return f"<Explanation: {names} are {'one profile' if self.together else 'two profiles'}>"

    def to_frame(self, library: str | None = None) -> Any:
        """Return a data frame (``pandas`` or ``polars``; None: the one installed), a row per event of an identifier.

        Columns: ``ref`` (one of the two that were asked for, whose profile it is), ``id_type``, ``value``, ``is_held``
        (at the end), ``event``, its ``line`` and time ``at``, the record it came ``by``, ``why``. Raises
        ``ImportError`` where the library is not there, ``ValueError`` for another one.
        """
        return notebook.explanation_frame(self, library)

    def _repr_html_(self) -> str:
        return notebook.explanation_html(self)

    def text(self, most: int = 12) -> str:
        """Return it in plain text; of each long list the first *most*, saying how many more there are."""
        return text_of(self, most)


def text_of(explanation: "Explanation", most: int) -> str:
    """Return an explanation in words; of each list the first *most*."""
    if explanation.together is None:
        lines = _one(explanation, most)
    elif explanation.together:
        lines = _together(explanation, most)
    else:
        lines = _apart(explanation, most)
    return "\n".join(map(displayed, lines))


def _one(explanation: "Explanation", most: int) -> Iterator[str]:
    side = explanation.first
    verb = "is" if side.deleted is None else "was"
    if len(side.refs) == 1:
        yield f"{side.ref} {verb} alone in the profile {side.profile_id}."
    else:
        yield f"{side.ref} {verb} in the profile {side.profile_id}, with {counted(len(side.refs), 'record')}."
    yield from _deleted(side)
    if len(side.refs) > 1:
        yield f"Its records: {listed(side.refs, most)}."
    yield from _merges(side, most)
    yield from _fates(side, most)


def _together(explanation: "Explanation", most: int) -> Iterator[str]:
    first, second = explanation.refs
    side, since = explanation.first, explanation.since
    assert since is not None
    verb = "are" if side.deleted is None else "were"
    yield f"{first} and {second} {verb} one profile since line {since.line} ({since.time})."
    yield from _deleted(side)
    yield ""
    yield f"What joins them, in {counted(len(explanation.chain), 'step')}:"
    for number, link in enumerate(explanation.chain, 1):
        yield f"{number:3}. {_link(link)}"
    if explanation.cut is not None:
        yield ""
        yield from _cut(explanation.cut, first, second)
    yield ""
    yield f"The profile has {counted(len(side.refs), 'record')}: {listed(side.refs, most)}."
    yield from _merges(side, most)
    yield from _fates(side, most)


def _apart(explanation: "Explanation", most: int) -> Iterator[str]:
    first, second = explanation.refs
    assert explanation.second is not None
    yield f"{first} and {second} are two profiles."
    yield from _deleted(explanation.first)
    yield from _deleted(explanation.second)
    shared = explanation.common
    if not shared:
        yield "They have never had an identifier in common."
        return
    yield f"They have had {counted(len(shared), 'identifier')} in common. What kept each from joining them:"
    for number, each in enumerate(shared[:most], 1):
        yield f"{number:3}. {_identifier(each.identifier)}: {each.why}."
        yield from _both(each, explanation.refs)
    yield from _more(len(shared) - most, "identifier")


def _both(each: Common, refs: Sequence[str]) -> Iterator[str]:
    for ref, events in zip(refs, (each.first, each.second), strict=True):
        yield f"       with {ref}: {'; '.join(map(_event, events))}"


def _deleted(side: Records) -> Iterator[str]:
    if side.deleted is not None:
        yield f"The profile of {side.ref} was deleted at line {side.deleted.line} ({side.deleted.time})."


def _link(link: Link) -> str:
    assert link.joined is not None
    if link.kind == "name":
        return f"{_record(link.second)} names the record of {_record(link.first)} as its profile."
    what = " and ".join(map(_identifier, link.identifiers))
    rule = "a collision" if link.rule == COLLISION else f"rule {link.rule!r}"
    if link.kind == "combination":
        sides = ((link.first, link.first_brought), (link.second, link.second_brought))
        both = " and ".join(f"{_record(moment)} with {_brought(moment, brought)}" for moment, brought in sides)
        return f"{both} are joined by {rule} at {_line(link.joined)}."
    assert link.added is not None
    earlier, later = sorted((link.first, link.second), key=lambda moment: moment == link.joined)
    if earlier == link.added:
        return f"{_record(later)} presented {what}, which {_record(earlier)} had brought: {rule}."
    both = f"{_record(earlier)} and {_record(later)} both presented {what}"
    return f"{both}, which {_record(link.added)} had brought: {rule}."


def _brought(moment: Moment, values: Sequence[Brought]) -> str:
    """Return what a side matched by, with the record that had brought it where that is another."""
    return " and ".join(
        f"{_identifier(each.identifier)}{'' if each.by == moment else f' from {_record(each.by)}'}" for each in values
    )


def _cut(cut: Cut, first: str, second: str) -> Iterator[str]:
    size = "A smallest set" if cut.is_smallest else "The smallest set found (that none is smaller is not proven)"
    yield f"{size} of identifiers whose absence keeps them apart:"
    for each in cut.identifiers:
        yield f"     {_identifier(each)}"
    it = "it" if len(cut.identifiers) == 1 else "them"
    replayed = f"a replay of the {counted(cut.lines, 'line')} that could matter confirms it"
    yield f"Without {it}, {first} and {second} are not one profile ({replayed})."
    if cut.why:
        yield f"But {cut.why}."


def _merges(side: Records, most: int) -> Iterator[str]:
    if not side.merges:
        yield "It came to be without a merge."
        return
    yield ""
    yield "Its merge:" if len(side.merges) == 1 else f"Its {counted(len(side.merges), 'merge')}:"
    for merge in side.merges[:most]:
        yield f"  {_merge(merge)}"
    yield from _more(len(side.merges) - most, "merge")


def _merge(merge: Merge) -> str:
    by = "a collision" if merge.rule == COLLISION else f"rule {merge.rule!r}"
    profiles = " and ".join(merge.profiles)
    identifiers = " and ".join(map(_identifier, merge.identifiers))
    return f"{_line(merge.when)}: {_of(merge.when)}merged the profiles of {profiles} by {by}, on {identifiers}"


def _fates(side: Records, most: int) -> Iterator[str]:
    held = sum(fate.is_held for fate in side.fates)
    yield ""
    yield _fates_title(held, len(side.fates) - held)
    for fate in side.fates[:most]:
        yield f"  {_identifier(fate.identifier)}{'' if fate.is_held else ' (not held)'}"
        for event in fate.events:
            yield f"      {_event(event)}"
    yield from _more(len(side.fates) - most, "identifier")


def _fates_title(held: int, gone: int) -> str:
    if held and gone:
        return f"Its identifiers, {held:,} held and {gone:,} not:"
    if held + gone == 1:
        return f"Its identifier,{'' if held else ' not'} held at the end:"
    return f"Its {held + gone:,} identifiers, {'all' if held else 'none'} held at the end:"


def _event(event: Event) -> str:
    why = f" ({event.why})" if event.why else ""
    return f"{event.what} at {_line(event.when)}{_by(event.when)}{why}"


def _more(count: int, noun: str) -> Iterator[str]:
    if count > 0:
        yield f"  ... and {counted(count, f'more {noun}')}; --show N shows more, --json everything"


def _identifier(identifier: Identifier) -> str:
    return f"{identifier[0]} {identifier[1]}"


def _record(moment: Moment) -> str:
    return f"{moment.ref or 'a command'} (line {moment.line}, {moment.time})"


def _line(moment: Moment) -> str:
    return f"line {moment.line} ({moment.time})"


def _by(moment: Moment) -> str:
    return "" if moment.ref is None else f" by {moment.ref}"


def _of(moment: Moment) -> str:
    return "" if moment.ref is None else f"{moment.ref} "
