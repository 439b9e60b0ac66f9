"""Work: the folder in which the stages of a replay leave their tables, from which the next ones read.

A stage that has ended leaves a mark. Where the same is asked again, what its mark says is taken, and nothing is
computed a second time: a run that was stopped goes on from the stages whose tables are whole.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from resolver.errors import InvalidHistory

MARK = "key string, told string"
"""What a mark says: what the stage was asked, and what it told."""


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
        known = self.mark(name)
        if known is not None:
            if key is not None and known[0] == key:
                return dict(json.loads(known[1]))
            self._write_mark(name, "", "{}")
        told = dict(done())
        if key is not None:
            self._write_mark(name, key, json.dumps(told))
        return told

    def mark(self, name: str) -> tuple[str, str] | None:
        """Return the mark of a stage: its key, and what it told as JSON; None where it has not ended."""
        try:
            rows = self.table(f"marks/{name}", MARK).collect()
        except Exception:  # no such folder, or one that was half written: engines have no common word for it
            return None
        return next(((row["key"], row["told"]) for row in rows if row["key"]), None)

    def _write_mark(self, name: str, key: str, told: str) -> None:
        self.spark.createDataFrame([(key, told)], MARK).write.mode("overwrite").parquet(f"{self.path}/marks/{name}")


def key_of_all(*parts: object) -> str:
    """Return a key of all that a stage depends on: the same for the same texts in every process.

    >>> key_of_all("a", 1) == key_of_all("a", 1), key_of_all("a", "b") == key_of_all("ab")
    (True, False)
    """
    return blake2b("\0".join(map(str, parts)).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
