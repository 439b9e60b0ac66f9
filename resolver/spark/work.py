"""Work: the folder in which the stages of a replay leave their tables, from which the next ones read.

A stage that has ended leaves a mark. Where the same is asked again, what its mark says is taken, and nothing is
computed a second time: a run that was stopped goes on from the stages whose tables are whole.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from resolver.errors import InvalidHistory

MARK = "number long, name string, key string, told string"
"""What a mark says: what the stage of a name was asked, and what it told. That with the largest number holds."""

MARKS = "marks"


class Work:
    """A folder that driver and workers can write; each table in it is a folder of Parquet files.

    Writing a table ends the chain of what it was computed from, so nothing is computed twice.
    """

    def __init__(self, spark: Any, path: str) -> None:
        if not isinstance(path, str) or not path:
            raise InvalidHistory(
                f"work: {path!r} is not a folder; expected the name of one that all workers can write, in which stages "
                "leave their tables"
            )
        self.spark = spark
        self.path = path.rstrip("/")
        self._has_marks = False
        """Whether the table of marks is known to be there."""

    def below(self, name: str) -> "Work":
        """Return a folder in this one."""
        return Work(self.spark, f"{self.path}/{name}")

    def stored(self, frame: Any, name: str) -> Any:
        """Write a table in the place of the one of that name, and return it as it is read back."""
        schema = frame.schema
        frame.write.mode("overwrite").parquet(f"{self.path}/{name}")
        return self.table(name, schema)

    def table(self, name: str, schema: Any) -> Any:
        """Return a table that was written."""
        return self.spark.read.schema(schema).parquet(f"{self.path}/{name}")  # one without rows may have no file

    def stage(self, name: str, key: str | None, done: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return what a stage tells: what it told before for the same *key*, or what *done* returns now.

        While it is done its mark is away, so that none speaks of tables that are half written. Without a key it is
        done every time.
        """
        if not self._has_marks:  # engines complain at length of a table that is not there
            self._add_mark(0, "", "", "{}")
            self._has_marks = True
        marks, number = self._marks()
        known = marks.get(name)
        if known is not None and known[0]:
            if key is not None and known[0] == key:
                return dict(json.loads(known[1]))
            number += 1
            self._add_mark(number, name, "", "{}")
        told = dict(done())
        if key is not None:
            self._add_mark(number + 1, name, key, json.dumps(told))
        return told

    def mark(self, name: str) -> tuple[str, str] | None:
        """Return the mark of a stage: its key, and what it told as JSON; None where it has not ended."""
        known = self._marks()[0].get(name)
        return known if known is not None and known[0] else None

    def _marks(self) -> tuple[dict[str, tuple[str, str]], int]:
        """Return the mark of each stage, and the largest number; none where the table is not there, or is not whole."""
        try:
            rows = sorted(self.table(MARKS, MARK).collect(), key=lambda row: int(row["number"]))
        except Exception:  # engines have no common word for it
            if self._has_marks:
                self._add_mark(0, "", "", "{}", "overwrite")
            return {}, 0
        return {row["name"]: (row["key"], row["told"]) for row in rows}, rows[-1]["number"] if rows else 0

    def _add_mark(self, number: int, name: str, key: str, told: str, mode: str = "append") -> None:
        row = self.spark.createDataFrame([(number, name, key, told)], MARK)
        row.coalesce(1).write.mode(mode).parquet(f"{self.path}/{MARKS}")


def key_of_all(*parts: object) -> str:
    """Return a key of all that a stage depends on: the same for the same texts in every process.

    >>> key_of_all("a", 1) == key_of_all("a", 1), key_of_all("a", "b") == key_of_all("ab")
    (True, False)
    """
    return blake2b("\0".join(map(str, parts)).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
