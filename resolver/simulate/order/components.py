"""Components: the lines that can ever have to do with each other, whatever the order.

Two lines are linked if they name the same identifier or the same record; lines that no chain of links joins never
touch the same profile, under any settings. So a question about a few records is answered by a replay of few lines.
"""

from collections.abc import Hashable, Iterable, Sequence

from resolver.commands import ApplySettings
from resolver.history import Record
from resolver.names import MatchingAlgo
from resolver.rules.normalization import Normalizers
from resolver.settings import Settings
from resolver.simulate.order.arrivals import REF
from resolver.simulate.order.blocks import Links
from resolver.simulate.prepared import values_of
from resolver.simulate.without import Forms


class Components:
    """The components of some records: O(values), once."""

    def __init__(self, records: Sequence[Record], settings: Settings, normalizers: Normalizers) -> None:
        self._links = Links()
        self._everything = any(isinstance(record.command, ApplySettings) for record in records)
        self._places: dict[Hashable, list[int]] = {}
        if self._everything:
            return
        fuzzy = {config.id_type for config in settings.identifier_configs if config.matching_algo is MatchingAlgo.FUZZY}
        forms = Forms(settings, normalizers)
        for place, record in enumerate(records):
            for link in _links(record, forms, fuzzy):
                self._links.union(("line", place), link)
        for place in range(len(records)):
            self._places.setdefault(self._links[("line", place)], []).append(place)

    def of(self, refs: Iterable[str], places: int) -> list[int]:
        """Return the places of the lines in the components of some refs, ascending; all *places* if settings change."""
        if self._everything:
            return list(range(places))
        roots = dict.fromkeys(self._links[("name", REF + ref)] for ref in refs)
        return sorted(place for root in roots for place in self._places.get(root, ()))


def _links(record: Record, forms: Forms, fuzzy: set[str]) -> list[Hashable]:
    links: list[Hashable] = [] if record.ref is None else [("name", REF + record.ref)]
    links += [("name", name) for name in (_text(record, "profile_id"), _text(record, "new_profile_id")) if name]
    for id_type, raw in values_of(record.command):
        if not isinstance(raw, str) or not isinstance(id_type, str):
            continue
        if id_type in fuzzy:  # values need only be alike: one component for the whole type
            links.append(("type", id_type))
            continue
        links.append(("value", id_type, forms.of(id_type, raw)))
    return links


def _text(record: Record, field: str) -> str | None:
    value = getattr(record.command, field, None)
    return value if isinstance(value, str) else None
