"""Histories: files of commands, frames and queries, read as records one at a time.

>>> from resolver.example import path
>>> sum(record.error is None for record in read_history(path("history.jsonl"))) > 400
True
"""

from resolver.history.given import Records, records_for, records_of
from resolver.history.history import FORMATS, History
from resolver.history.opening import read_history
from resolver.history.record import Reason, Record
from resolver.history.tables import parse_map

__all__ = [
    "FORMATS",
    "History",
    "Reason",
    "Record",
    "Records",
    "parse_map",
    "read_history",
    "records_for",
    "records_of",
]
