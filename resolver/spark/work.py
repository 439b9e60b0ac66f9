"""Work: the folder in which the stages of a replay leave their tables, from which the next ones read."""

from typing import Any

from resolver.errors import InvalidHistory


class Work:
    """A folder that driver and workers can write; each table in it is a folder of Parquet files.

    Writing a table ends the chain of what it was computed from, so nothing is computed twice.
    """

    def __init__(self, spark: Any, path: str) -> None:
        if not isinstance(path, str) or not path:
            raise InvalidHistory(
                f"work: {path!r} is no folder; expected the name of one that all workers can write, in which stages "
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
        return self.spark.read.schema(schema).parquet(f"{self.path}/{name}")  # a table without rows may have no file
