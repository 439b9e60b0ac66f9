"""The identity graph: records, identifiers and profiles, and what every line did between them; and its files.

>>> from resolver.simulate import replay
>>> run = replay([{"ref": ref, "identifiers": {"email": "ada@example.com"}} for ref in ("a", "b")])
>>> graph = identity_graph(run, "ref:a")
>>> [(data["kind"], data["rule"]) for _, _, data in graph.edges(data=True) if data["kind"] in ("added", "matched")]
[('added', ''), ('matched', 'email')]
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resolver.engine import Engine
from resolver.facts import (
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.names import COLLISION, REF, Milliseconds, ProfileId, ref_in
from resolver.simulate.explain.timeline import UnknownRef, profile_ids, steps_about
from resolver.simulate.matched import before_each, found_by, group_ids
from resolver.simulate.run import Run, check_unmasked
from resolver.simulate.steps import Step, Wanted
from resolver.suggestions import did_you_mean

if TYPE_CHECKING:
    import networkx as nx


def identity_graph(run: Run, profile: str | None = None) -> "nx.MultiDiGraph[str]":
    """Return the graph of a run, or of one profile: a canonical id, an alias, or ``ref:`` and a record.

    Nodes have ``kind``: ``record`` (``ref``, ``line`` its first), ``identifier`` (``id_type``, ``value``, ``held``:
    whether a profile has it at the end) or ``profile`` (``profile_id``, ``canonical``). Edges have ``kind``,
    ``line``, ``at`` in milliseconds, and ``rule``, empty but for what matched and merged:

    * record -> identifier: ``added``; ``matched``, a value of a profile by which a rule found it, equal to one of the
      line's or similar; ``present``, a value of the line that its profile had, and that no rule matched by;
      ``evicted``, ``removed``, ``refused``; an eviction or removal comes from the record whose line caused it;
    * record -> profile: ``created`` or ``resolved``, the profile as it was called then;
    * profile -> profile: ``merged``, from the absorbed one to the survivor; ``identifiers`` tells what joined them;
    * profile -> identifier: ``holds``, what it has at the end.

    What matched is asked of the engine's own matching before each line, so one identifier has an edge for each rule.
    An edge has no ``at`` where its line has no time, and ``holds`` neither a line.

    Text that XML cannot hold is written as an escape. ``LookupError`` for a profile that the run does not have, with
    near matches, ``InvalidHistory`` for what is no run or a masked one, ``ImportError`` without networkx. O(facts +
    identifiers presented) of the whole run or of the profile, one pass.
    """
    check_unmasked(run)
    import networkx as nx

    wanted = None if profile is None else _named(run, profile)
    return _Builder(run, nx.MultiDiGraph(), wanted).built()


class _Builder:
    def __init__(self, run: Run, graph: "nx.MultiDiGraph[str]", wanted: ProfileId | None) -> None:
        self._run = run
        self._graph = graph
        self._wanted = wanted

    def built(self) -> "nx.MultiDiGraph[str]":
        run = self._run
        store = run.engine
        ids = None if self._wanted is None else group_ids(store, run.losses, [self._wanted])
        steps: Iterable[Step] = run.select(Wanted(is_applied=True, ids=ids, and_touching=True))
        if ids is not None:
            steps = steps_about(steps, ids)
        for step, engine in before_each(run.source, steps, ids):
            if step.profile_id is not None:
                self._line(engine, step)
            else:
                self._facts(step)
        for profile_id in store.profiles() if self._wanted is None else [self._wanted]:
            for id_type, values in store.identifiers(profile_id).items():
                for value in values:
                    node = self._identifier(id_type, value)
                    self._graph.nodes[node]["held"] = True
                    self._edge(self._profile(profile_id), node, "holds", 0, None)
        return self._graph

    def _line(self, engine: Engine, step: Step) -> None:
        """Draw what one line did, the engine being as it was before it."""
        line, at = step.line, step.at
        record = self._record(step.ref or f"line:{line}", line)
        created = any(isinstance(fact, ProfileCreated) for fact in step.facts)
        assert step.profile_id is not None
        self._edge(record, self._profile(step.profile_id), "created" if created else "resolved", line, at)
        drawn = self._facts(step)
        for (id_type, held, rule), given in self._matched(engine, step).items():
            drawn |= given
            self._edge(record, self._identifier(id_type, held), "matched", line, at, rule)
        for id_type, value in step.identifiers:
            if (id_type, value) not in drawn:
                self._edge(record, self._identifier(id_type, value), "present", line, at)

    def _facts(self, step: Step) -> set[tuple[str, str]]:
        """Draw the facts of one line; return the identifiers that it added or was refused."""
        line, at, drawn = step.line, step.at, set()
        for fact in step.facts:
            if isinstance(fact, ProfilesMerged):
                self._merge(fact, line, at)
            elif isinstance(fact, IdentifierAdded | IdentifierEvicted | IdentifierRemoved | IdentifierRefused):
                if isinstance(fact, IdentifierAdded | IdentifierRefused):
                    drawn.add((fact.id_type, fact.value))
                record = self._record(step.ref or f"line:{line}", line)
                self._edge(record, self._identifier(fact.id_type, str(fact.value)), _KINDS[type(fact)], line, at)
        return drawn

    def _matched(self, engine: Engine, step: Step) -> dict[tuple[str, str, str], set[tuple[str, str]]]:
        """Return (idType, value held, rule) of all that matched, each with the values of the line that did."""
        found: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
        for match in found_by(engine, step):
            for shared in match.shared:
                key = shared.id_type, shared.held, match.rule
                found.setdefault(key, set()).add((shared.id_type, shared.given))
        for fact in step.facts:
            if isinstance(fact, ProfilesMerged) and fact.rule == COLLISION:
                id_type, value = fact.identifiers[0]
                found.setdefault((id_type, value, COLLISION), set()).add((id_type, value))
        return found

    def _merge(self, fact: ProfilesMerged, line: int, at: Milliseconds | None) -> None:
        joined = ", ".join(f"{id_type} {value}" for id_type, value in fact.identifiers)
        for absorbed in fact.absorbed:
            one, other = self._profile(absorbed), self._profile(fact.survivor)
            self._edge(one, other, "merged", line, at, fact.rule, writable(joined))

    def _record(self, ref: str, line: int) -> str:
        return self._node(f"record:{ref}", kind="record", ref=writable(ref), line=line)

    def _identifier(self, id_type: str, value: str) -> str:
        node = f"identifier:{id_type}:{value}"
        return self._node(node, kind="identifier", id_type=writable(id_type), value=writable(value), held=False)

    def _profile(self, profile_id: ProfileId) -> str:
        engine = self._run.engine
        canonical = profile_id in engine and engine.canonical_id(profile_id) == profile_id
        name = writable(profile_id)
        return self._node(f"profile:{profile_id}", kind="profile", profile_id=name, canonical=canonical)

    def _node(self, name: str, **attributes: Any) -> str:
        name = writable(name)
        if name not in self._graph:
            self._graph.add_node(name, **attributes)
        return name

    def _edge(
        self,
        one: str,
        other: str,
        kind: str,
        line: int,
        at: Milliseconds | None,
        rule: str = "",
        identifiers: str = "",
    ) -> None:
        time = {} if at is None else {"at": at}
        self._graph.add_edge(one, other, kind=kind, line=line, **time, rule=writable(rule), identifiers=identifiers)


_KINDS = {
    IdentifierAdded: "added",
    IdentifierEvicted: "evicted",
    IdentifierRemoved: "removed",
    IdentifierRefused: "refused",
}


def writable(text: str) -> str:
    r"""Return text with every character that XML cannot hold as an escape.

    >>> writable("a\x00b")
    'a\\x00b'
    """
    if text.isprintable():
        return text
    return "".join(letter if _is_xml(letter) else letter.encode("unicode_escape").decode() for letter in text)


def _is_xml(letter: str) -> bool:
    code = ord(letter)
    return letter in "\t\n" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def _why_there_is_none(run: Run, ref: str) -> str:
    try:
        profile_ids(run, ref)
    except UnknownRef as error:
        return str(error)
    return f"the profile of ref {ref!r} was deleted"


def _named(run: Run, profile: str) -> ProfileId:
    """Return the canonical id of what names a profile."""
    ref = ref_in(profile)
    if ref is not None:
        if ref not in run.assignments:
            raise LookupError(_why_there_is_none(run, ref))
        return run.assignments[ref]
    if profile not in run.engine:
        hint = did_you_mean(profile, [*(f"{REF}{ref}" for ref in run.assignments), *run.engine.profiles()])
        raise LookupError(f"the run has no profile {profile!r}; expected ref: and a record, or a profile's id{hint}")
    return run.engine.canonical_id(profile)


def write_graph(graph: "nx.MultiDiGraph[str]", path: str | Path) -> None:
    """Write a graph, by the file's suffix: ``.graphml``, which most tools read, or ``.json`` (node-link) for programs.

    Either reads back as the same graph, with ``networkx.read_graphml`` or ``networkx.node_link_graph``.
    ``ValueError`` for another suffix, ``OSError``.
    """
    SUFFIXES[suffix_of(path)](graph, Path(path))


def suffix_of(path: str | Path) -> str:
    """Return the suffix that tells the format; ``ValueError`` for one that names none.

    >>> suffix_of("group.GraphML")
    '.graphml'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{path}: suffix {suffix!r} names no graph format; expected {' or '.join(SUFFIXES)}")
    return suffix


def _graphml(graph: "nx.MultiDiGraph[str]", path: Path) -> None:
    import networkx as nx

    nx.write_graphml(graph, path, named_key_ids=True)


def _node_link(graph: "nx.MultiDiGraph[str]", path: Path) -> None:
    import networkx as nx

    path.write_text(json.dumps(nx.node_link_data(graph, edges="edges"), indent=1) + "\n", encoding="utf-8")


SUFFIXES: "dict[str, Callable[[nx.MultiDiGraph[str], Path], None]]" = {".graphml": _graphml, ".json": _node_link}
"""The suffixes that ``write_graph`` knows."""
