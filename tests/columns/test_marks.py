"""What the columns of a replay hold beside the kernel's own integers, for Python and for the compiler."""

import re
from pathlib import Path

import pytest

from resolver.columns import marks
from resolver.kernel import codes

TYPES = Path(__file__).parents[2] / "resolver" / "columns" / "marks.pxd"
NAMED = {name: number for name, number in vars(marks).items() if name.isupper()}
FACTS = ["INVALID", "NOT_READABLE", "NOT_CONFIGURED", "NOTHING_LEFT", "NOTHING_FREE", "NOT_ALLOWED", "LEFT_OUT"]
FACTS += ["DELETED", "SETTINGS", "SUPPRESSED", "UNSUPPRESSED"]


def test_the_compiler_is_told_the_same_marks() -> None:
    if not TYPES.exists():
        pytest.skip("away from the checkout there are no C types")
    told = {
        name: int(number) for name, number in re.findall(r"^    ([A-Z_]+) = (-?\d+)$", TYPES.read_text(), re.MULTILINE)
    }
    assert {**told, "NOW": -(1 << 63)} == NAMED
    assert 'NOW "LLONG_MIN"' in TYPES.read_text()


def test_no_mark_is_mistaken_for_what_the_kernel_leaves() -> None:
    of_the_kernel = [codes.CREATED, codes.ADDED, codes.REMOVED, codes.REPLACED, codes.EVICTED, codes.MERGED]
    assert min(NAMED[name] for name in FACTS) > max(*of_the_kernel, codes.CONFLICT, codes.FULL)
    assert len({NAMED[name] for name in FACTS}) == len(FACTS)
    statuses = [codes.IS_UNCHANGED, codes.IS_UPDATED, codes.IS_MERGED, codes.IS_CREATED]
    beside = [marks.IS_REJECTED, marks.IS_DELETED, marks.IS_SETTINGS]
    assert len({*statuses, *beside}) == len(statuses) + len(beside)
