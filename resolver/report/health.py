"""The report on a run's health: what deserves a look, each finding with its evidence and the command that shows more.

>>> from resolver.simulate import health, replay
>>> lines = [{"ref": ref, "identifiers": {"phone": "317-555-6789", "email": f"{ref}@example.com"}} for ref in "abc"]
>>> page = health_report(health(replay(lines)))
>>> page[:15], "<b>+13175556789</b>" in page
('<!doctype html>', True)
"""

from collections.abc import Callable, Iterable, Sequence

from resolver.display import counted, listed
from resolver.names import IdType
from resolver.report.charts import bars, binned_counts, histogram
from resolver.report.page import (
    STUDY,
    Markup,
    Provenance,
    card,
    command,
    header,
    page,
    section,
    table,
    tag,
    versions_in_words,
)
from resolver.simulate import Health
from resolver.simulate.health import Joint
from resolver.simulate.health.report import Bulk, MergingValue, SharedValue
from resolver.versions import versions

Explain = Callable[..., str | None]
"""Returns the command that explains some refs; None where there is none."""

Without = Callable[[IdType, str], str | None]
"""Returns the command that replays without a value; None where there is none."""


def health_report(
    found: Health,
    *,
    notes: Sequence[str] = (),
    provenance: Provenance | None = None,
    explain: Explain | None = None,
    without: Without | None = None,
) -> str:
    """Return the page of a health report as one HTML document that needs no network and no other file.

    *notes* are sentences about how the history was read. *explain* and *without* give the commands that stand with a
    finding: of refs, and of an idType and a value. O(findings); the same arguments give the same bytes.
    """
    sentence = headline(found)
    findings = _Findings(found, explain or _no_command, without or _no_command)
    return page(
        sentence,
        header(
            sentence,
            _cards(found),
            provenance=provenance or Provenance(),
            versions=[versions_in_words(versions())],
        ),
        tag(
            "main",
            findings.shared(),
            findings.joints(),
            findings.bridges(),
            findings.merging(),
            findings.largest(),
            _types(found),
            _sizes(found),
            section("notes", "How it was read", *(tag("p", f"{note}.") for note in notes)) if notes else None,
        ),
        scripts=STUDY,
        data=(),
    )


def headline(found: Health) -> str:
    """Return how many records are in how many profiles, and how many of them in the largest."""
    most = found.largest[0].records if found.largest else 0
    largest = f"; the largest has {counted(most, 'record')}" if most > 1 else ""
    return f"{counted(found.records, 'record')} in {counted(found.profiles, 'profile')}{largest}"


def _no_command(*words: str) -> None:
    return None


def _cards(found: Health) -> Markup:
    cards = [
        card("Records with an earlier one", f"{found.deduplication_rate:.1%}", "which found a profile that was there"),
        card("Values that merged profiles", *_merged(found)),
    ]
    if found.joints is not None:
        cards.append(card("Values that alone hold a profile together", f"{found.joint_count:,}", "joints"))
        cards.append(card("Only links between two groups", f"{found.bridge_count:,}", "bridges"))
    return tag("div", *cards, class_="cards")


def _merged(found: Health) -> tuple[str, str]:
    away = sum(each.absorbed for each in found.collapses)
    return f"{found.merging_value_count:,}", f"{counted(away, 'profile')} merged away"


def _types(found: Health) -> Markup:
    rows = [
        (
            each.id_type,
            "yes" if each.is_unique else "no",
            f"{each.merges:,}",
            f"{each.absorbed:,}",
            f"{max(found.values_per_type.get(each.id_type, {0: 0})):,}",
        )
        for each in found.collapses
    ]
    heads = ("idType", "one person's only", "merges", "profiles merged away", "most values in a profile")
    caption = "What merged profiles, by idType"
    return section("types", caption, table(heads, rows, caption=caption))


def _sizes(found: Health) -> Markup:
    records, identifiers = binned_counts(found.records_per_profile), binned_counts(found.identifiers_per_profile)
    return section(
        "sizes",
        "Sizes of profiles",
        tag(
            "div",
            histogram("Records per profile", "records", {"profiles": records}),
            histogram("Identifiers per profile", "identifiers", {"profiles": identifiers}),
            class_="beside",
        ),
        tag("p", "Every profile is counted. Bars are to scale; the thinnest line stands for one.", class_="quiet"),
    )


class _Findings:
    """The sections that list findings, the one that weighs most first."""

    def __init__(self, found: Health, explain: Explain, without: Without) -> None:
        self._found = found
        self._explain = explain
        self._without = without

    def shared(self) -> Markup | None:
        found = self._found.shared_values
        if found is None:
            return None
        most = max((each.records for each in found), default=1)
        title = _titled("Values on most records", len(found), self._found.shared_value_count)
        hint = "A value that many different people have identifies nobody, and joins them all. Bars: records."
        return _listed("shared", title, hint, (self._shared_value(each, most) for each in found))

    def _shared_value(self, each: SharedValue, most: int) -> Markup:
        several = f" in {each.profiles:,} profiles" if each.profiles > 1 else ""
        others = ", ".join(f"{id_type} {number:,}" for id_type, number in each.others.items())
        return tag(
            "li",
            _value(each.id_type, each.value),
            tag("div", bars([each.records], most), class_="share"),
            tag("p", f"On {counted(each.records, 'record')}{several}: {_refs(each.refs, each.records)}"),
            tag("p", f"Values of other types on these records: {others}.", class_="quiet") if others else None,
            _commands(self._without(each.id_type, each.value)),
        )

    def joints(self) -> Markup | None:
        found = self._found
        if found.joints is None:
            words = "These files do not have what every line presented; resolver health HISTORY tells it."
            return section("joints", "Values that alone hold a profile together", tag("p", words, class_="quiet"))
        most = max((each.freed for each in found.joints), default=1)
        title = _titled("Values without which a profile falls apart", len(found.joints), found.joint_count)
        return _listed(
            "joints",
            title,
            f"{found.how_joints_were_found} Bars: profiles that would be new.",
            (self._joint(each, most) for each in found.joints),
        )

    def bridges(self) -> Markup | None:
        found = self._found
        if found.bridges is None:
            return None
        most = max((each.second for each in found.bridges), default=1)
        title = _titled("Bridges: the only link between two groups of records", len(found.bridges), found.bridge_count)
        hint = "One wrong value costs most here. Bars: lines on the smaller side."
        return _listed("bridges", title, hint, (self._joint(each, most, is_bridge=True) for each in found.bridges))

    def _joint(self, each: Joint, most: int, *, is_bridge: bool = False) -> Markup:
        sizes = ", ".join(f"{size:,}" for size in each.sizes[:6]) + (", ..." if len(each.sizes) > 6 else "")
        sides = [
            f"{ref} at {_lines(lines, len(lines))}" for ref, lines in zip(each.refs[:2], each.evidence[:2], strict=True)
        ]
        more = counted(each.freed, "more profile")
        return tag(
            "li",
            _value(each.id_type, each.value),
            tag("div", bars([each.second if is_bridge else each.freed], most), class_="share"),
            tag("p", f"Without it {more}: pieces of {sizes} lines, {' apart from '.join(sides)}."),
            _commands(self._explain(*each.refs[:2]), self._without(each.id_type, each.value)),
        )

    def merging(self) -> Markup:
        found = self._found.merging_values
        most = max((each.absorbed for each in found), default=1)
        title = _titled("Values that merged most profiles", len(found), self._found.merging_value_count)
        items = (self._merging_value(each, most) for each in found)
        return _listed("merging", title, "Bars: profiles merged away.", items)

    def _merging_value(self, each: MergingValue, most: int) -> Markup:
        text = f"{counted(each.absorbed, 'profile')} merged away, at {_lines(each.lines, each.merges)}."
        return tag(
            "li",
            _value(each.id_type, each.value),
            tag("div", bars([each.absorbed], most), class_="share"),
            tag("p", text),
            _commands(self._without(each.id_type, each.value)),
        )

    def largest(self) -> Markup:
        found = self._found.largest
        most = max((each.records for each in found), default=1)
        title = _titled("Largest profiles", len(found), self._found.profiles)
        return _listed("largest", title, "Bars: records.", (self._bulk(each, max(1, most)) for each in found))

    def _bulk(self, each: Bulk, most: int) -> Markup:
        values = [f"{value.id_type} {value.value} on {value.records:,} of them" for value in each.values]
        return tag(
            "li",
            tag(
                "p",
                tag("b", counted(each.records, "record")),
                f", {counted(each.identifiers, 'identifier')}",
                class_="finding",
            ),
            tag("div", bars([each.records], most), class_="share"),
            tag("p", _refs(each.refs, each.records)) if each.refs else None,
            tag("p", f"{'; '.join(values)}.", class_="quiet") if values else None,
            _commands(self._explain(each.refs[0]) if each.refs else None),
        )


def _listed(name: str, title: str, hint: str, items: Iterable[Markup]) -> Markup:
    shown = list(items)
    content = tag("ol", *shown, class_="findings") if shown else tag("p", "None.", class_="empty")
    return section(name, title, tag("p", hint, class_="quiet") if shown else None, content)


def _titled(title: str, shown: int, total: int) -> str:
    return f"{title} ({shown:,} of {total:,})" if shown < total else title


def _value(id_type: IdType, value: str) -> Markup:
    return tag("p", tag("span", id_type, class_="type"), " ", tag("b", value), class_="finding")


def _refs(refs: Sequence[str], total: int) -> str:
    more = total - len(refs)
    return f"{listed(refs, len(refs))}{f' and {more:,} more' if more > 0 else ''}."


def _lines(lines: Sequence[int], total: int) -> str:
    more = ", ..." if total > len(lines) else ""
    return f"line{'' if len(lines) == 1 else 's'} {', '.join(f'{line:,}' for line in lines)}{more}"


def _commands(*commands: str | None) -> Markup | None:
    shown = [tag("p", command(each)) for each in commands if each is not None]
    return tag("div", *shown, class_="commands") if shown else None
