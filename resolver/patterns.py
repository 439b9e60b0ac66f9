"""Patterns: regular expressions as Python's ``re`` means them, searched for in time that grows with the text alone.

``re`` tries one way after the other, so a short pattern can take it longer than anybody waits (``(a+)+$``). Here all
ways are followed at once: patterns become one automaton, and a text is read once, character by character. The steps
that texts need are kept, so a text like one before costs a look-up a character, however many patterns there are.
``re`` itself parses the patterns, and says which characters belong to a class, so both mean the same.

What needs memory of the text (back references), looks beside it (look-ahead and look-behind), or commits to one way
(atomic groups, possessive repeats) is no regular language, and is refused.

>>> zeros = Patterns(["^[0-]*$", "null"])
>>> zeros.found_in("0-0-00"), zeros.found_in("anna")
(True, False)
"""

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, TypeAlias

MOST_STATES = 1_000
"""So many states at most a pattern may have: counted repeats of counted repeats grow without end."""

LONGEST_TEXT = 255
"""Texts are at most so long (N1), so more repeats than that say nothing more."""

_KEPT_STEPS = 20_000
_KEPT_STATES = 1_000_000
"""So many steps are kept, and places of so many states together; then all are forgotten, which is the cheapest bound
that nobody can make slow or large."""

_PLAIN = 128
_FIRST_RARE = chr(_PLAIN)
"""Characters below this one are looked up by their codes."""
_ROW = _PLAIN + 1
"""How long the row of a place is. The first row is that of a match that was found, the second that of the beginning."""
_FOUND_ROW = 0
_UNKNOWN = -1

_SPLIT, _TEST, _AT, _FOUND = range(4)
"""What a state does: goes on in two ways, reads a character, asks for a place in the text, or has found a match."""

_END = ""
"""Instead of a character: there is none before or after."""
_LAST_LINE_END = "\n\n"
"""Instead of the next character: a line end that is the text's last character; ``$`` is before it too."""

_UNSUPPORTED = {
    "ASSERT": "look-ahead or look-behind",
    "ASSERT_NOT": "look-ahead or look-behind",
    "ATOMIC_GROUP": "an atomic group",
    "FAILURE": "look-ahead or look-behind",
    "GROUPREF": "a back reference",
    "GROUPREF_EXISTS": "a back reference",
    "GROUPREF_IGNORE": "a back reference",
    "POSSESSIVE_REPEAT": "a possessive repeat",
}

_TRIED = r"^(?:a|bc)(?i:[^d-f\dg])h{2,3}?.[^i](?P<n>\b)*\Z$"
_TREE = (
    "[(AT, AT_BEGINNING), (BRANCH, (None, [[(LITERAL, 97)], [(LITERAL, 98), (LITERAL, 99)]])), (SUBPATTERN, (None, 2, "
    "0, [(IN, [(NEGATE, None), (RANGE, (100, 102)), (CATEGORY, CATEGORY_DIGIT), (LITERAL, 103)])])), (MIN_REPEAT, (2, "
    "3, [(LITERAL, 104)])), (ANY, None), (NOT_LITERAL, 105), (MAX_REPEAT, (0, MAXREPEAT, [(SUBPATTERN, (1, 0, 0, "
    "[(AT, AT_BOUNDARY)]))])), (AT, AT_END_STRING), (AT, AT_END)]"
)
"""A pattern that has of everything something, and how ``re`` writes the tree that it makes of it. Its parser is no
public part of Python: where it makes another tree, no pattern is read."""

_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}

_KEPT_FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL
_TYPES = re.ASCII | re.UNICODE | re.LOCALE

_EMPTY_TEXT_HAS_INSIDES = re.search(r"\B", "") is not None
"""Whether an empty text has a place that is no boundary of a word: newer versions of Python say so."""

Test: TypeAlias = Callable[[str], object]


class PatternError(ValueError):
    """A pattern cannot be searched for in bounded time, or cannot be read at all."""


class Patterns:
    """Some patterns, of which any may be found in a text. ``PatternError`` says what is wrong with one."""

    __slots__ = ("_automaton", "_beginnings", "_kept", "_kept_states", "_next", "_numbers", "_places", "_rare")

    def __init__(self, patterns: Iterable[str]) -> None:
        self._automaton = _Automaton()
        self._beginnings = frozenset([self._automaton.add(pattern) for pattern in patterns])
        self._kept = self._kept_states = 0
        self._next = array("i")
        """For each place a row: for each plain character the row after it, and last the one at the end of a text."""
        self._rare: dict[tuple[int, str], int] = {}
        """The same for all other characters, by row and character."""
        self._places: list[_Place] = []
        """The place of each row; the first is that where a match was found."""
        self._numbers: dict[tuple[frozenset[int], str], int] = {}
        """The row of each place."""
        self._forget()

    def found_in(self, text: str) -> bool:
        """Whether one of the patterns is found somewhere in a text, as ``re.search`` finds it. O(length)."""
        steps, plain, size = self._next, _PLAIN, len(text)
        row = _ROW
        for number, character in enumerate(text, 1):
            code = ord(character)
            after = -1  # unknown
            if code < plain and (code != 10 or number < size):
                after = steps[row + code]
            if after < 0:
                after = self._step(row, text[number - 1], number == size)
                steps = self._next
            if after == 0:
                return True
            row = after
        after = steps[row + plain]
        if after < 0:
            after = self._step(row, _END, True)
        return after == 0

    def _step(self, row: int, character: str, is_last: bool) -> int:
        """The row after a character that is rare, or new here; ``_FOUND_ROW`` if a match was found before it."""
        if is_last and character == "\n":
            character = _LAST_LINE_END
        after = self._rare.get((row, character), _UNKNOWN)
        if after < 0:
            place = self._places[row // _ROW]
            is_known = self._kept < _KEPT_STEPS and self._kept_states < _KEPT_STATES
            if not is_known:
                self._forget()
            is_found, reading = self._automaton.reached(place.waiting, place.before, character)
            if is_found or character == _END:
                after = _FOUND_ROW if is_found else _ROW
            else:
                after = self._row_of(self._beginnings.union(self._automaton.read(reading, character[0])), character[0])
            if is_known or row == _ROW:
                self._kept += 1
                if len(character) > 1 or character >= _FIRST_RARE:
                    self._rare[row, character] = after
                else:
                    self._next[row + (ord(character) if character else _PLAIN)] = after
        return after

    def _row_of(self, waiting: frozenset[int], character: str) -> int:
        """The row of a place, by what waits there and the character before it."""
        before = _alike(character) if character else _END
        row = self._numbers.get((waiting, before))
        if row is None:
            row = len(self._places) * _ROW
            if row + _ROW > len(self._next):
                longer = array("i", [_UNKNOWN]) * (2 * len(self._next))
                memoryview(longer)[: len(self._next)] = memoryview(self._next)
                self._next = longer
            self._kept_states += len(waiting)
            self._places.append(_Place(waiting, before))
            self._numbers[waiting, before] = row  # last: where this was struck before, no row leads to the place
        return row

    def _forget(self) -> None:
        """Know nothing but the place at which a search begins."""
        steps = array("i", [_UNKNOWN]) * (4 * _ROW)
        places = [_Place(frozenset(), _END), _Place(self._beginnings, _END)]
        numbers = {(self._beginnings, _END): _ROW}
        # Everything is made before, and one line sets it: an interruption finds all of it, or nothing.
        self._next, self._rare, self._places, self._numbers, self._kept_states = steps, {}, places, numbers, 0
        self._kept = 0


@cache
def _parser() -> Callable[[str], Any]:
    """The parser of ``re``; ``PatternError`` where it is not the one that is known here."""
    try:
        parse: Callable[[str], Any] = import_module("re._parser").parse
        tree = parse(_TRIED)
        is_known = repr(tree) == _TREE and tree.state.flags == re.UNICODE.value
    except (ImportError, AttributeError):
        is_known = False
    if not is_known:
        raise PatternError(
            "a regular expression under Python 3.11 to 3.14: the parser of this version is another one, so none can be "
            "read; 'equals' can"
        )
    return parse


class _Place(NamedTuple):
    """Where a search is: the states that wait for the next character, and the one before."""

    waiting: frozenset[int]
    before: str


class _Automaton:
    """The states of some patterns: what each does, and where it leads."""

    def __init__(self) -> None:
        self._does: list[int] = []
        self._leads_to: list[int] = []
        self._more: list[Any] = []
        """Where else a state leads; the test of a character; the name of a place, and whether only ASCII is words."""
        self._tests: dict[tuple[str, int], Test] = {}
        self._first = 0
        """The first state of the pattern that is being added."""

    def add(self, pattern: str) -> int:
        """Add a pattern; the state with which it begins."""
        self._first = len(self._does)
        try:
            re.compile(pattern)
            tree = _parser()(pattern)
            return self._sequence(tree, tree.state.flags, self._state(_FOUND, 0))
        except re.error as error:
            raise PatternError(f"a regular expression; this is none: {error}") from None
        except (RecursionError, OverflowError):
            raise PatternError("a regular expression that is less deep, or smaller") from None

    def reached(self, waiting: Iterable[int], before: str, after: str) -> tuple[bool, list[int]]:
        """Whether a match ends between two characters, and the states that read the next one. O(states)."""
        seen = set(waiting)
        pending = list(seen)
        reading: list[int] = []
        is_found = False
        while pending:
            state = pending.pop()
            does = self._does[state]
            leads = [self._leads_to[state]]
            if does == _TEST:
                reading.append(state)
                continue
            if does == _FOUND:
                is_found = True
                continue
            if does == _SPLIT:
                leads.append(self._more[state])
            elif not self._is_there(state, before, after):
                continue
            new = [each for each in leads if each not in seen]
            seen.update(new)
            pending += new
        return is_found, reading

    def _is_there(self, state: int, before: str, after: str) -> bool:
        name, is_ascii = self._more[state]
        return _is_at(name, is_ascii, before, after)

    def read(self, reading: Iterable[int], character: str) -> list[int]:
        """Where the states that read lead by a character."""
        return [self._leads_to[state] for state in reading if self._more[state](character)]

    # From the tree that ``re`` makes of a pattern, each part before what comes after it

    def _state(self, does: int, leads_to: int, more: Any = None) -> int:
        if len(self._does) - self._first >= MOST_STATES:
            raise PatternError(
                f"a regular expression of at most {MOST_STATES:,} states, so one with fewer or smaller counted repeats"
            )
        self._does.append(does)
        self._leads_to.append(leads_to)
        self._more.append(more)
        return len(self._does) - 1

    def _sequence(self, nodes: Iterable[Any], flags: int, after: int) -> int:
        for operator, argument in reversed(list(nodes)):
            after = self._node(str(operator), argument, flags, after)
        return after

    def _node(self, operator: str, argument: Any, flags: int, after: int) -> int:
        if operator in _UNSUPPORTED:
            raise PatternError(f"a regular expression without {_UNSUPPORTED[operator]}")
        if operator == "AT":
            return self._state(_AT, after, (_place_name(str(argument), flags), bool(flags & re.ASCII)))
        if operator == "BRANCH":
            return self._any_of([self._sequence(branch, flags, after) for branch in argument[1]])
        if operator == "SUBPATTERN":
            _, added, removed, content = argument
            kept = flags & ~_TYPES if added & _TYPES else flags  # a group that names a type of texts has that one alone
            return self._sequence(content, (kept | added) & ~removed, after)
        if operator in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, content = argument
            return self._repeat(least, most, content, flags, after)
        return self._state(_TEST, after, self._test(operator, argument, flags))

    def _any_of(self, starts: Sequence[int]) -> int:
        first, *others = reversed(starts)
        for other in others:
            first = self._state(_SPLIT, other, first)
        return first

    def _repeat(self, least: int, most: Any, content: Any, flags: int, after: int) -> int:
        start = after
        if str(most) == "MAXREPEAT":
            start = self._state(_SPLIT, after)
            self._more[start] = self._sequence(content, flags, start)
        else:
            for _ in range(min(int(most), max(least, LONGEST_TEXT)) - least):
                start = self._state(_SPLIT, after, self._sequence(content, flags, start))
        for _ in range(least):
            start = self._sequence(content, flags, start)
        return start

    def _test(self, operator: str, argument: Any, flags: int) -> Test:
        """What tells whether a character belongs to a class: ``re`` itself, asked for that class alone."""
        if operator == "ANY":
            source = "."
        elif operator == "IN":
            source = f"[{''.join([_item(str(name), more) for name, more in argument])}]"
        else:
            source = f"[{'^' if operator == 'NOT_LITERAL' else ''}{_character(argument)}]"
        key = source, flags & _KEPT_FLAGS
        if key not in self._tests:
            self._tests[key] = re.compile(*key).match
        return self._tests[key]


def _character(code: int) -> str:
    return f"\\U{code:08x}"


def _item(name: str, more: Any) -> str:
    """One item of a class, as it is written."""
    if name == "NEGATE":
        return "^"
    if name == "LITERAL":
        return _character(more)
    if name == "RANGE":
        return f"{_character(more[0])}-{_character(more[1])}"
    return _CATEGORIES[str(more)]


def _place_name(name: str, flags: int) -> str:
    """The name of a place; ``^`` and ``$`` have another one where they stand for those of each line."""
    return f"{name}_OF_LINE" if flags & re.MULTILINE and name in ("AT_BEGINNING", "AT_END") else name


def _alike(character: str) -> str:
    """One character for all that are the same to what comes after them: to words, and to beginnings of lines."""
    if character == "\n":
        return character
    if not _is_word(character, is_ascii=False):
        return " "
    return "a" if character.isascii() else "é"


def _is_word(character: str, is_ascii: bool) -> bool:
    return character == "_" or (character.isalnum() and (not is_ascii or character.isascii()))


def _is_at(name: str, is_ascii: bool, before: str, after: str) -> bool:
    """Whether the place between two characters is one that a pattern asks for."""
    if name in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
        return before == _END
    if name == "AT_BEGINNING_OF_LINE":
        return before in (_END, "\n")
    if name == "AT_END":
        return after in (_END, _LAST_LINE_END)
    if name == "AT_END_STRING":
        return after == _END
    if name == "AT_END_OF_LINE":
        return after[:1] in (_END, "\n")
    is_boundary = _is_word(before, is_ascii) != _is_word(after[:1], is_ascii)
    if name == "AT_BOUNDARY":
        return is_boundary
    is_empty_text = before == after == _END
    return not is_boundary and (not is_empty_text or _EMPTY_TEXT_HAS_INSIDES)
