from pathlib import Path

import pytest

from benchmarks.events import Event
from benchmarks.peers.answer import Answer, partition
from benchmarks.peers.measure import OtherPartitionError, measure, right_answer
from benchmarks.peers.page import BEGIN, END, plot, rewrite, table
from benchmarks.peers.table import PEERS, Peer
from benchmarks.peers.workloads import WORKLOADS, Workload


@pytest.mark.parametrize("name", WORKLOADS)
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
@pytest.mark.filterwarnings("ignore")
def test_every_peer_gives_the_right_groups_of_every_workload(peer: Peer, name: str) -> None:
    make, package = WORKLOADS[name]
    if peer.missing():
        pytest.skip(f"not installed: {', '.join(peer.missing())}")
    if package is not None:
        pytest.importorskip(package)
    workload = make(300)
    answer = peer.run(workload, workload.events)
    assert answer.labels is None or partition(answer.labels) == right_answer(workload)


@pytest.mark.parametrize("name", WORKLOADS)
def test_no_text_of_a_workload_occurs_under_two_types(name: str) -> None:
    make, package = WORKLOADS[name]
    if package is not None:
        pytest.importorskip(package)
    pairs = {pair for event in make(300).events for pair in event.items()}
    assert len(pairs) == len({value for _, value in pairs})


def test_a_peer_with_other_groups_is_not_timed() -> None:
    def all_together(_: Workload, events: list[Event]) -> Answer:
        return Answer([0] * len(events))

    workload = Workload("two people", [{"email": "a"}, {"email": "b"}], ("email",))
    with pytest.raises(OtherPartitionError, match="all in one does not give the connected components of two people"):
        measure(workload, [Peer("all in one", all_together, "")], 1)


def test_the_rows_become_a_table_and_a_plot_in_the_marked_block(tmp_path: Path) -> None:
    workload = Workload("small", [{"email": "a"}, {"email": "a", "phone": "1"}], ("email", "phone"))
    rows = measure(workload, [peer for peer in PEERS if peer.name.startswith(("floor", "resolver"))], 1)
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    rewrite(page, table(rows))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| **resolver, `Engine.execute`** |" in text
    assert plot(rows).count("<rect") == len(rows)


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="has no block between"):
        rewrite(page, "block")
