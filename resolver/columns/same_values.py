"""Same values: which row of one store has the value that a row of another store has.

>>> from array import array
>>> from resolver import Engine
>>> one, other = Engine(), Engine()
>>> _ = one.resolve({"email": "a@b.cc"}), other.resolve({"chat": "x"}), other.resolve({"email": "a@b.cc"})
>>> known = array("i", [-1, -1])
>>> _ = find_values(other._tables, one._tables, array("i", [0, 1, 2, 3]), known)
>>> known.tolist()
[-1, 0]
"""

from resolver.columns.cells import Integers
from resolver.kernel import codes, rows
from resolver.kernel.tables import Tables


def find_values(t: Tables, there: Tables, kinds: Integers, known: Integers) -> None:
    """Set for every value of a store its row in another one, if that has it; ``kinds`` are the idTypes there.

    An idType that has none there is ``NOBODY``. O(values), and nearly nothing where both stores have the same rows.
    """
    for place in range(t.n_values):
        value = rows.ValueRow(place)
        kind = kinds[t.kind[value]]
        if kind >= 0:
            text = t.text[value]
            if place < there.n_values and there.kind[value] == kind and there.text[value] == text:
                known[place] = place
            else:
                table = there.index[kind]
                found = table.find(there.text, text)
                if found != codes.NO_VALUE:
                    known[place] = found
