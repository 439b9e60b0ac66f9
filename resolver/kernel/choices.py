"""Choices: the values of which a matching rule may take one of each idType: those given, or those that a profile holds.

They stand in one column of the scratch, one idType after the other. A value of a fuzzy type stands also for all stored
ones that are similar to it (R8); these are looked for once a command, when a rule first asks for them. A stored value
that is blocked is no choice, and stands for none (P1).
"""

from resolver.kernel import codes
from resolver.kernel.columns import longer
from resolver.kernel.rows import NO_TEXT, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.rules import Rules
from resolver.kernel.scratch import Scratch, make_room
from resolver.kernel.tables import Tables
from resolver.names import Value


def clear_choices(t: Tables, s: Scratch, r: Rules) -> None:
    """Forget all choices: those of the configured idTypes, as rules name no others. O(idTypes)."""
    kinds = len(t.index)
    if kinds > len(s.wide_end):
        make_room_for_types(s, kinds)
    for each in range(len(r.order)):
        kind = r.order[each]
        s.choice_start[kind] = codes.NONE
        s.wide_start[kind] = codes.NONE
    s.n_choices = 0


def make_room_for_types(s: Scratch, kinds: int) -> None:
    """Let there be a place for each idType."""
    s.choice_start = longer(s.choice_start, kinds)
    s.choice_end = longer(s.choice_end, kinds)
    s.wide_start = longer(s.wide_start, kinds)
    s.wide_end = longer(s.wide_end, kinds)


def add_choice(s: Scratch, value: ValueRow) -> None:
    """Add a value to the idType that is being chosen for."""
    place = s.n_choices
    if place >= len(s.is_evidence):
        make_room(s, "choices")
        make_room(s, "is_evidence")
    s.choices[place] = value
    s.is_evidence[place] = 0
    s.n_choices = place + 1


def choose_given(t: Tables, s: Scratch, r: Rules) -> None:
    """Let the choices be the values given, which stand type by type (R4)."""
    clear_choices(t, s, r)
    for place in range(s.n_given):
        value = s.given[place]
        kind = t.kind[value]
        if s.choice_start[kind] < 0:
            s.choice_start[kind] = s.n_choices
        add_choice(s, value)
        s.choice_end[kind] = s.n_choices


def choose(t: Tables, s: Scratch, r: Rules, value: ValueRow) -> None:
    """Let a value that was just stored be the only choice of its idType; so it is not blocked (P1)."""
    kind = t.kind[value]
    s.choice_start[kind] = s.n_choices
    add_choice(s, value)
    s.choice_end[kind] = s.n_choices


def choose_held(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, kind: TypeNumber) -> None:
    """Let the choices of an idType be the values that a profile holds, unless it has choices already."""
    if s.choice_start[kind] == codes.NONE:
        s.choice_start[kind] = s.n_choices
        hold = t.head[profile]
        while hold >= 0:
            value = t.held[hold]
            if t.kind[value] == kind and not is_blocked(t, s, r, value):
                add_choice(s, value)
            hold = t.next_hold[hold]
        s.choice_end[kind] = s.n_choices


def widen(t: Tables, s: Scratch, r: Rules, kind: TypeNumber) -> None:
    """Find all stored values that an idType's choices stand for, between ``wide_start`` and ``wide_end``.

    Themselves, and for a fuzzy type all that are similar to one of them (R8).
    """
    if not r.fuzzy[kind]:
        s.wide_start[kind] = s.choice_start[kind]
        s.wide_end[kind] = s.choice_end[kind]
    elif s.wide_start[kind] == codes.NONE:
        index, table = t.similarity[kind], t.index[kind]
        found: dict[Value, None] = {}
        for place in range(s.choice_start[kind], s.choice_end[kind]):
            own = text_of(t, s, s.choices[place])
            found.update(
                dict.fromkeys([text for text in index.similar(own) if text == own or not blocks(r, kind, text)])
            )
        s.wide_start[kind] = s.n_choices
        for text in found:
            add_choice(s, table.find(t.text, text))
        s.wide_end[kind] = s.n_choices


def is_blocked(t: Tables, s: Scratch, r: Rules, value: ValueRow) -> bool:
    """Whether a stored value is blocked, as it was stored before: nothing matches by it any more (P1)."""
    return r.has_blocked and blocks(r, t.kind[value], text_of(t, s, value))


def blocks(r: Rules, kind: TypeNumber, text: Value) -> bool:
    """Whether a stored text of an idType is blocked (P1)."""
    blocking = r.blocking[kind]
    return blocking is not None and blocking.has_stored(text)


def text_of(t: Tables, s: Scratch, value: ValueRow) -> Value:
    """The text of a value, also of one that was given just now and is not entered yet."""
    text = t.text[value] if value < t.n_values else NO_TEXT
    if not text:
        if len(s.new_by_row) < s.n_new:
            s.new_by_row = {s.new_rows[place]: s.new_texts[place] for place in range(s.n_new)}
        return s.new_by_row[value]
    return text
