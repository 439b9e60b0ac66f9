"""Masked explanations: why two records are one profile or two, or what one is made of, without a value in it.

What happened is told of a masked run. What joins two records is asked of the run itself, whose values match, and each
part of the answer is masked.

>>> from resolver.report.masking import Mask
>>> from resolver.simulate import replay
>>> run = replay([{"ref": ref, "identifiers": {"email": "ada@example.com"}} for ref in ("crm:17", "web:4")])
>>> told = masked_explanation(run, Mask(b"sixteen bytes or more"), "crm:17", "web:4")
>>> told.together, told.cut.identifiers, "ada" in str(told)
(True, (('email', '#c11a86e6d7dc41b5'),), False)
"""

from typing import Any

import msgspec

from resolver.report.masking import Mask, masked
from resolver.simulate import Run, explain
from resolver.simulate.explain import Cut, Explanation, Moment, what_happened
from resolver.simulate.explain.timeline import profile_ids


def masked_explanation(run: Run, mask: Mask, a: str, b: str | None = None, *, with_cut: bool = True) -> Explanation:
    """Return what ``explain`` gives of one ref or two, with values masked, and refs where the mask hides them.

    Costs what ``explain`` costs. Raises ``UnknownRef`` with what is masked in its words too.
    """
    hidden = masked(run, mask)
    one = mask.ref(a)
    if b is None or b == a:
        return what_happened(hidden, one)
    other = mask.ref(b)
    if profile_ids(hidden, one)[0] != profile_ids(hidden, other)[0]:
        return what_happened(hidden, one, other)
    told = explain(run, a, b, with_cut=with_cut)
    return msgspec.structs.replace(
        told,
        refs=(one, other),
        first=what_happened(hidden, one).first,
        since=_masked(told.since, mask),
        chain=_masked(told.chain, mask),
        cut=_masked(told.cut, mask),
    )


def _masked(part: Any, mask: Mask) -> Any:
    """Return a part of an explanation with its identifiers and refs masked. Its other texts are words of ours."""
    if isinstance(part, tuple):
        if len(part) == 2 and isinstance(part[0], str):
            return part[0], mask.value(*part)
        return tuple(_masked(each, mask) for each in part)
    if isinstance(part, Moment):
        return part if part.ref is None else msgspec.structs.replace(part, ref=mask.ref(part.ref))
    if isinstance(part, Cut):
        why = "nothing is left of one of them then" if part.why else ""
        return msgspec.structs.replace(part, identifiers=_masked(part.identifiers, mask), why=why)
    if isinstance(part, msgspec.Struct):
        fields = {name: _masked(getattr(part, name), mask) for name in part.__struct_fields__}
        return msgspec.structs.replace(part, **fields)
    return part
