"""Reading: what driver and workers are told alike of how the lines of a history are read, and what ties them."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from resolver.columns.numbered import ref_of
from resolver.commands import AnyCommand, ApplySettings, PrivacyCommand, Resolve
from resolver.coupling import Combination, Coupling, Ties, coupling
from resolver.errors import InvalidSettings, NotInParts
from resolver.history import Record
from resolver.history.reading import Notes, Reading
from resolver.history.source import Source
from resolver.history.tables import Layout
from resolver.history.times import Times
from resolver.names import IdType
from resolver.settings import Settings
from resolver.simulate.without import Absent
from resolver.spark.packages import pickled

ERROR, PREVIOUS = DEFAULT_TIMES = "error", "previous"
"""What a line without a time may be: an error, or one at the time of the applied command before it."""


def id_types_of(every: Sequence[Settings]) -> tuple[IdType, ...]:
    """Return the idTypes of several settings, each once."""
    return tuple(dict.fromkeys(id_type for each in every for id_type in each.id_types))


class How:
    """How the lines of a history are read, and what they mean: what driver and workers are told alike."""

    def __init__(
        self,
        settings: Sequence[Settings],
        options: Mapping[str, Any],
        tz: str | None = None,
        at_unit: str = "ms",
        *,
        links_refs: bool = False,
        without: Sequence[str] = (),
        columns: Sequence[str] = (),
        raw: str = "binary",
        header: Sequence[str] = (),
        mapped: Mapping[str, str] | None = None,
        default_times: str = ERROR,
        sort: bool = False,
    ) -> None:
        self.settings = tuple(settings)
        self.links_refs = links_refs
        """Whether all lines of a ref are to be in one part."""
        self.without = tuple(without)
        self.columns = tuple(columns)
        """The names of the columns of a row; none where lines are JSON."""
        self.raw = raw
        """The type of a line as the engine has it: bytes, or a struct of these columns."""
        self.header, self.mapped = tuple(header), dict(mapped or {})
        """The columns that the table has, and those that are mapped."""
        self.options = dict(options)
        self.tz = tz
        self.at_unit = at_unit
        self.sort = sort
        """Whether lines are taken in the order of their times. Then ``line`` is the place of one in it."""
        self.default_times = default_times
        """What a line without a time is: an error, or one at the time of the applied command before it."""
        Times.of(tz, at_unit)
        if default_times not in DEFAULT_TIMES:
            raise InvalidSettings("default_times", default_times, " or ".join(map(repr, DEFAULT_TIMES)))

    @property
    def id_types(self) -> tuple[IdType, ...]:
        """The idTypes of all settings, each once."""
        return id_types_of(self.settings)

    def to_json(self) -> dict[str, Any] | None:
        """Return it as a document; None with own normalizations, which no document can tell."""
        if self.options.get("normalizers"):
            return None
        return {
            "settings": [each.to_json() for each in self.settings],
            "options": {name: str(option) for name, option in sorted(self.options.items()) if option is not None},
            "tz": self.tz,
            "atUnit": self.at_unit,
            "defaultTimes": self.default_times,
            "sort": self.sort,
            "linksRefs": self.links_refs,
            "without": list(self.without),
            "columns": list(self.columns),
            "raw": self.raw,
            "header": list(self.header),
            "mapped": self.mapped,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "How":
        """Return what ``to_json`` told."""
        return cls(
            [Settings.from_json(each) for each in document["settings"]], document["options"], document["tz"],
            document["atUnit"], links_refs=document["linksRefs"], without=document["without"],
            columns=document["columns"], raw=document["raw"], header=document["header"], mapped=document["mapped"],
            default_times=document["defaultTimes"], sort=document["sort"],
        )  # fmt: skip

    def reading(self, notes: Notes | None = None, id_types: Collection[IdType] = ()) -> Reading:
        """What the reader of lines is told; it remembers in *notes* what it ignores. Of a table it reads *id_types*."""
        return Reading(
            Source("the lines"), format="parquet" if self.columns else "jsonl", times=Times.of(self.tz, self.at_unit),
            columns={name: (column,) for name, column in self.mapped.items() if column in self.columns},
            id_types=id_types or self.id_types, notes=Notes() if notes is None else notes,
        )  # fmt: skip

    def check_can_be_sent(self) -> None:
        """Refuse own normalizations that workers cannot get."""
        for name, function in (self.options.get("normalizers") or {}).items():
            try:
                pickled(function)
            except ImportError:
                raise
            except Exception as error:  # whatever the function holds may raise
                raise NotInParts(
                    f"normalizers: {name!r} cannot be sent to workers ({error}); expected a pure function that can be "
                    "pickled"
                ) from error

    @property
    def takes_previous(self) -> bool:
        """Whether lines may be without a time."""
        return self.default_times == PREVIOUS

    def layout(self, settings: Settings) -> Layout:
        """Return how the table is laid out for some settings."""
        mapped = {name: (column,) for name, column in self.mapped.items()}
        return Layout.of("the table", self.header, mapped, settings.id_types)

    def couplings(self) -> "Couplings":
        """What ties the lines under all settings together: each adds its ties, which is exact for all."""
        return Couplings([coupling(each, **self.options) for each in self.settings], self)

    def absent(self) -> "AbsentHere | None":
        """What is supposed never to have been, for one replay; None if there is nothing."""
        if not self.without:
            return None
        return AbsentHere(self.without, self.options.get("default_region", "US"), self.options.get("normalizers"))


class AbsentHere(Absent):
    """What is supposed never to have been, in a part of a history, which need not have all of it."""

    def check(self, run: object) -> None:
        """Do nothing: the driver looks at what was found in all parts."""


class Couplings:
    """What ties lines under any of several settings."""

    def __init__(self, every: Sequence[Coupling], how: How) -> None:
        self.every = tuple(every)
        self._settings = how.settings
        self._takes_previous = how.takes_previous
        self._ignores_others = bool(how.columns)
        """Whether what a line has of other idTypes than those of the settings is ignored: columns of a table are."""
        self.absents = [how.absent() for _ in how.settings] if how.without else []
        self.combinations: tuple[Combination, ...] = tuple(
            dict.fromkeys(types for each in every for types in each.combinations)
        )

    def ties(self, record: Record, number: int | None = None) -> tuple[list[Ties], list[int]]:
        """Return the ties of a line under each of the settings, and under which of them nothing of it is left.

        Where lines are sorted, *number* is the place of the line among them.
        Such a line is tied by what it names alone: the commands that name the profile of one are left out with it.
        """
        left_out, given = list[int](), record.command
        if given is None:
            return [], left_out
        if given.at is None and self._takes_previous and not isinstance(given, ApplySettings):
            given = msgspec.structs.replace(given, at=0)  # no tie depends on when a command is
        found = []
        for setting, each in enumerate(self.every):
            command = self._read_by(setting, given)
            ties = each.ties(command, record.line, record.ref, number=number)
            absent = self.absents[setting] if self.absents else None
            if absent is not None:
                left = absent.taken_out_of(command, ref_of(record), self._settings[setting])
                if left is None:
                    left_out.append(setting)
                    names = () if isinstance(command, PrivacyCommand) else ties.names
                    ties = msgspec.structs.replace(ties, nodes=(), names=names, values=())
                elif left is not command:
                    ties = each.ties(left, record.line, record.ref, number=number)
            found.append(ties)
        return found, left_out

    def _read_by(self, number: int, command: AnyCommand) -> AnyCommand:
        """Return a command as settings read it: of a table only their own columns."""
        if not self._ignores_others or not isinstance(command, Resolve):
            return command
        mine, given = {*self._settings[number].id_types}, command.identifiers
        pairs: Any = given.items() if isinstance(given, Mapping) else given
        return Resolve([pair for pair in pairs if pair[0] in mine], command.at)

    @cached_property
    def numbers(self) -> dict[IdType, int]:
        """A number for each idType of a combination."""
        types = dict.fromkeys(id_type for combination in self.combinations for id_type in combination)
        return {id_type: number for number, id_type in enumerate(types)}
