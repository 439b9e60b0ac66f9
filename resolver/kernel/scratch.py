"""Scratch: what one command works with, as growing columns beside the tables; empty between commands.

What is waiting to be taken back or released (``undo``) stays until that is done.
"""

from typing import Any

from resolver.kernel import codes
from resolver.kernel.columns import column, longer, more
from resolver.kernel.rows import (
    NO_TEXT,
    Column,
    CommandNumber,
    Count,
    Entry,
    HoldRow,
    Moment,
    ProfileRow,
    TypeNumber,
    ValueRow,
)
from resolver.kernel.similarity_index import SimilarityIndex
from resolver.names import RefusalReason, Value


class Scratch:
    """What one command works with: empty between commands, but for what is waiting to be taken back or released."""

    __slots__ = (
        "base_holds",
        "base_values",
        "candidates",
        "choice_end",
        "choice_start",
        "choices",
        "coming",
        "cut",
        "dropped",
        "entries",
        "evidence",
        "extra",
        "fact",
        "forgotten",
        "found",
        "given",
        "holds_all",
        "is_evidence",
        "log",
        "loose",
        "n_candidates",
        "n_choices",
        "n_coming",
        "n_cut",
        "n_evidence",
        "n_extra",
        "n_facts",
        "n_found",
        "n_given",
        "n_log",
        "n_loose",
        "n_new",
        "n_sharing",
        "new_by_row",
        "new_by_text",
        "new_rows",
        "new_texts",
        "next_at",
        "next_number",
        "phase",
        "rule",
        "sharing",
        "stamp",
        "status",
        "was_free_holds",
        "was_free_values",
        "was_holds",
        "was_living",
        "was_profiles",
        "was_values",
        "what",
        "who",
        "why",
        "wide_end",
        "wide_start",
    )

    def __init__(self) -> None:
        self.stamp = 0
        """How many commands have begun: tells whether a callback began another one in between."""
        self.status = codes.IS_UNCHANGED

        # What was given, and what it found.
        self.given: Column[int, ValueRow] = column("i", 16)
        """The values given, each once, in the order of attaching (R4)."""
        self.n_given = 0
        self.new_rows: Column[int, ValueRow] = column("i", 16)
        """Those of them that nobody holds yet, in rows that are still free."""
        self.new_texts: list[Value] = [NO_TEXT] * codes.FEW
        """Their texts, and no others: places that are not in use are empty."""
        self.n_new = 0
        self.new_by_text: dict[tuple[TypeNumber, Value], ValueRow] = {}
        """The same by idType and text, as far as that was asked for, once they are many."""
        self.new_by_row: dict[ValueRow, Value] = {}
        """The same by row, once somebody asked for a text."""
        self.dropped: list[tuple[str, object, RefusalReason]] = []
        """Identifiers that are left out, as they cannot be read (N8) or are blocked (P1): idType, value and reason."""
        self.found: Column[int, ProfileRow] = column("i", 16)
        """The profiles that belong together."""
        self.n_found = 0
        self.holds_all = False
        """Whether the one profile found is known to hold every given value, so that the command changes nothing."""
        self.evidence: Column[int, ValueRow] = column("i", 16)
        """The values that join them (M8)."""
        self.n_evidence = 0
        self.rule = codes.NONE
        """The number of the rule that found the second of them."""

        # What a rule may choose from (``choices``), and whom it finds.
        self.choices: Column[int, ValueRow] = column("i", 16)
        """Values, one idType after the other."""
        self.is_evidence: Column[int, int] = column("i", 16)
        """For each choice 1 if it stands in ``evidence`` already."""
        self.n_choices = 0
        self.choice_start: Column[TypeNumber, int] = column("i", 16)
        """For each idType where its choices begin; ``NONE`` if it has none yet."""
        self.choice_end: Column[TypeNumber, int] = column("i", 16)
        self.wide_start: Column[TypeNumber, int] = column("i", 16)
        """For each idType where all that its choices stand for begins; ``NONE`` if that was not looked for yet."""
        self.wide_end: Column[TypeNumber, int] = column("i", 16)
        self.sharing: Column[int, ProfileRow] = column("i", 16)
        """The profiles that one rule finds."""
        self.n_sharing = 0

        # What joining policies work with (P3, P4).
        self.coming: Column[int, ValueRow] = column("i", 16)
        """The values that are to come to the profiles ``found``: nobody holds them whom they may join."""
        self.n_coming = 0
        self.candidates: Column[int, ProfileRow] = column("i", 16)
        """The profiles of which a value may mean any, as they cannot be one."""
        self.n_candidates = 0
        self.why: Column[int, int] = column("i", 16)
        """For each value given why it is a misfit, ``FITS`` if it is none."""

        # What the command did: a fact is a code, the profile, and a value or a place in ``extra``.
        self.fact: Column[int, int] = column("b", 16)
        self.who: Column[int, ProfileRow] = column("i", 16)
        self.what: Column[int, Any] = column("i", 16)
        self.n_facts = 0
        self.extra: Column[int, Any] = column("i", 16)
        self.n_extra = 0

        # How to take it back.
        self.phase = codes.IDLE
        self.log: Column[int, Any] = column("q", 48)
        """Entries of three numbers: what to restore, the row, the old value; of a pair table the key, and the number of
        the table with the profile."""
        self.n_log = 0
        self.entries: list[tuple[SimilarityIndex | set[str], Any, bool]] = []
        """Changes of the indexes of fuzzy types, and of what is suppressed: index, text, and whether it was entered."""
        self.was_values: Count = 0
        self.was_free_values = 0
        self.was_profiles: Count = 0
        self.was_living = 0
        self.was_holds: Count = 0
        self.was_free_holds = 0

        # Where the history stands when the command is whole.
        self.next_number = CommandNumber(0)
        self.next_at = Moment(0)

        # What the command no longer needs, freed at its end.
        self.loose: Column[int, ValueRow] = column("i", 16)
        """Values that may have no holder any more; one may stand there twice. Empty between commands."""
        self.n_loose = 0
        self.forgotten: list[Value] = []
        """The texts of those that had none, for whoever else remembers them."""
        self.cut: Column[int, HoldRow] = column("i", 16)
        """Holds that ended."""
        self.n_cut = 0
        self.base_values = 0
        """How high the stack of free rows stood when releasing began; likewise ``base_holds``."""
        self.base_holds = 0


# Adding to a column


def add_fact(s: Scratch, fact: int, who: ProfileRow, what: int) -> None:
    """Leave a fact: its code, the profile, and a value or the place of more in ``extra``."""
    place = s.n_facts
    if place >= len(s.what):
        make_room(s, "fact")
        make_room(s, "who")
        make_room(s, "what")
    s.fact[place] = fact
    s.who[place] = who
    s.what[place] = what
    s.n_facts = place + 1


def add_extra(s: Scratch, number: int) -> None:
    """Leave one more integer of a fact that has many."""
    if s.n_extra == len(s.extra):
        make_room(s, "extra")
    s.extra[s.n_extra] = number
    s.n_extra += 1


def add_given(s: Scratch, value: ValueRow) -> None:
    """Take one more value of the command, at the end."""
    if s.n_given == len(s.given):
        make_room(s, "given")
    s.given[s.n_given] = value
    s.n_given += 1


def add_new(s: Scratch, value: ValueRow, text: Value) -> None:
    """Note a value that nobody holds yet."""
    place = s.n_new
    if place == len(s.new_rows):
        make_room(s, "new_rows")
    s.new_rows[place] = value
    if place < len(s.new_texts):
        s.new_texts[place] = text
    else:
        s.new_texts.append(text)
    s.n_new = place + 1


def forget_new(s: Scratch) -> None:
    """Forget the values that nobody held, and their texts; few of them leave the list of texts as it is."""
    if s.n_new > codes.FEW:
        s.new_texts = [NO_TEXT] * codes.FEW
        s.new_by_text = {}
    else:
        for place in range(s.n_new):
            s.new_texts[place] = NO_TEXT
    if len(s.new_by_row):
        s.new_by_row = {}
    s.n_new = 0


def add_found(s: Scratch, profile: ProfileRow) -> None:
    """Note a profile that belongs to the command's person."""
    if s.n_found == len(s.found):
        make_room(s, "found")
    s.found[s.n_found] = profile
    s.n_found += 1


def add_coming(s: Scratch, value: ValueRow) -> None:
    """Note a value that is to come to the command's person."""
    if s.n_coming == len(s.coming):
        make_room(s, "coming")
    s.coming[s.n_coming] = value
    s.n_coming += 1


def add_sharing(s: Scratch, profile: ProfileRow) -> None:
    """Note a profile that a rule finds."""
    if s.n_sharing == len(s.sharing):
        make_room(s, "sharing")
    s.sharing[s.n_sharing] = profile
    s.n_sharing += 1


def add_evidence(s: Scratch, value: ValueRow) -> None:
    """Note a value that joins profiles (M8)."""
    if s.n_evidence == len(s.evidence):
        make_room(s, "evidence")
    s.evidence[s.n_evidence] = value
    s.n_evidence += 1


def add_loose(s: Scratch, value: ValueRow) -> None:
    """Note a value that may have no holder when the command ends."""
    if s.n_loose == len(s.loose):
        make_room(s, "loose")
    s.loose[s.n_loose] = value
    s.n_loose += 1


def add_cut(s: Scratch, hold: HoldRow) -> None:
    """Note a hold that ended."""
    if s.n_cut == len(s.cut):
        make_room(s, "cut")
    s.cut[s.n_cut] = hold
    s.n_cut += 1


def make_room(s: Scratch, name: str) -> None:
    """Lengthen a column that is full.

    By its name, and apart from the functions above: compiled, a function that may lengthen a column first makes room
    for its description on the stack, which takes as long as all the rest of such a function.
    """
    old = getattr(s, name)
    setattr(s, name, longer(old, more(len(old))))


# Telling the entries of a column apart


def is_among(numbers: Column[int, Entry], size: int, number: Entry) -> bool:
    """Whether a number is among the first of a column. O(size)."""
    for place in range(size):  # noqa: SIM110 - compiled code has no generators
        if numbers[place] == number:
            return True
    return False


def leave_each_once(numbers: Column[int, Entry], size: int) -> int:
    """Put the different ones of a column's first numbers to its beginning, in any order; how many they are."""
    if size > codes.FEW:
        different = sorted({numbers[one] for one in range(size)})
        for one, number in enumerate(different):
            numbers[one] = number
        return len(different)
    kept = 0
    for place in range(size):
        if not is_among(numbers, kept, numbers[place]):
            numbers[kept] = numbers[place]
            kept += 1
    return kept
