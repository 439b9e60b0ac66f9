"""Letters: the texts of a column of Arrow as they stand there, one after the other in bytes.

Most of them have been seen before, so an object is made only of what is new: compiled, the functions here look at the
bytes themselves (``letters.pxd``). None of the texts that they are asked for is empty.

>>> from array import array
>>> column = Letters(b"adabob", array("q", [0, 3, 3, 6]), array("i", [0, -1, 2]))
>>> list(column), column.listed(), hash_between(column.letters, 3, 6) == hash("bob")
(['ada', '', 'bob'], ['ada', '', 'bob'], True)
"""

from array import array
from collections.abc import Sequence
from typing import Any

from resolver.history.column_loops import texts_between

OTHER = -2
"""Instead of the hash of a text that is not of ASCII: its bytes are not hashed as the text is."""


def hash_between(letters: bytes, start: int, end: int) -> int:
    """Return the hash of the text that stands there; ``OTHER``, which a text may have too, if it is not of ASCII."""
    text = letters[start:end]
    return hash(text) if text.isascii() else OTHER


def is_between(text: str, letters: bytes, start: int, end: int) -> bool:
    """Whether a text of ASCII stands there."""
    return text.encode("utf-8", "surrogatepass") == letters[start:end]


def ascii_between(letters: bytes, start: int, end: int, known: int) -> str:
    """Return the text of ASCII that stands there, whose hash is *known*: nobody computes it again."""
    return letters[start:end].decode("ascii")


class Letters(Sequence[str]):
    """The texts of a column; row ``r`` stands in *letters* from ``ends[r]`` to ``ends[r + 1]``, both less ``ends[0]``.

    It is "" where ``codes[r]`` is below 0: the row has no text.
    """

    def __init__(self, letters: bytes, ends: "array[int]", codes: "array[int]") -> None:
        self.letters = letters
        self.ends = ends
        self.codes = codes

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: Any) -> Any:
        if self.codes[row] < 0:
            return ""
        return self.letters[self.ends[row] - self.ends[0] : self.ends[row + 1] - self.ends[0]].decode()

    def listed(self) -> list[str]:
        """Return all of them as objects."""
        return texts_between(self.letters, self.ends, self.codes)
