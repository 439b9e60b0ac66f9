"""The explanation in words that a first-time reader understands."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from resolver.display import counted, displayed, listed
from resolver.names import COLLISION
from resolver.simulate.explain.parts import Brought, Common, Cut, Event, Identifier, Link, Merge, Moment, Records

if TYPE_CHECKING:
    from resolver.simulate.explain.explanation import Explanation


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
