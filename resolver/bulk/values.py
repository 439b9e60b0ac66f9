"""Values: what the normalizations of some settings make of interned texts, each text once."""

from array import array
from collections.abc import Mapping

from resolver.bulk.interned import Interned
from resolver.bulk.marks import NOTHING, UNKNOWN, UNREADABLE
from resolver.bulk.texts import NoText
from resolver.errors import InvalidIdentifier
from resolver.names import IdType, Value
from resolver.rules.checks import Normalization
from resolver.rules.unreadable import kept_as_it_is


class Values:
    """The different values of a history under some normalizations.

    ``value_of[i]`` is the number of the value that text ``i`` becomes, or why it becomes none. Values of one idType
    are numbered one after the other: those of ``interned.id_types[t]`` end before ``ends[t]``. What cannot be read is
    its trimmed text, if that is to be kept (N8). O(texts).

    >>> found = Values(Interned([{"identifiers": {"email": ["A", "a", "b"]}}]), {"email": str.lower})
    >>> found.values, list(found.value_of)
    (['a', 'b'], [0, 0, 1])
    """

    def __init__(
        self, interned: Interned, normalize: Mapping[IdType, Normalization], *, keeps_unreadable: bool = False
    ) -> None:
        self.values: list[Value] = []
        self.value_of = array("i", [UNKNOWN]) * len(interned.texts)
        self.ends: list[int] = []
        texts_of: list[list[int]] = [[] for _ in interned.id_types]
        for text, id_type in enumerate(interned.type_of):
            texts_of[id_type].append(text)
        for name, texts in zip(interned.id_types, texts_of, strict=True):
            if name in normalize:
                self._read(interned, texts, _or_kept(normalize[name]) if keeps_unreadable else normalize[name])
            self.ends.append(len(self.values))

    def _read(self, interned: Interned, texts: list[int], normalize: Normalization) -> None:
        numbers: dict[Value, int] = {}
        values, value_of = self.values, self.value_of
        for text in texts:
            raw = interned.texts[text]
            if raw is None:
                value_of[text] = NOTHING
                continue
            try:
                value = normalize(raw.raw if type(raw) is NoText else raw)
            except InvalidIdentifier:
                value_of[text] = UNREADABLE
                continue
            number = numbers.get(value)
            if number is None:
                number = numbers[value] = len(values)
                values.append(value)
            value_of[text] = number


def _or_kept(normalize: Normalization) -> Normalization:
    def normalized_or_kept(raw: object) -> Value:
        try:
            return normalize(raw)
        except InvalidIdentifier:
            return kept_as_it_is(raw)

    return normalized_or_kept
