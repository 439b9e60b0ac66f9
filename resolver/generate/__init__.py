"""Synthetic histories with their truth: people whose records are hard to tell apart, and who they are.

>>> line, person = next(generate(records=1, seed=0))
>>> line["op"], line["ref"].endswith(":000001"), person
('resolve', True, 'p000001')
"""

from resolver.generate.stream import TRUTH_SUFFIX, generate, write_history

__all__ = ["TRUTH_SUFFIX", "generate", "write_history"]
