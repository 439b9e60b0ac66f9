"""Bulk replay: long histories of ``resolve`` under many settings, decided over integers; the facts are the engine's."""

from resolver.bulk.interned import Interned, NotInBulk
from resolver.bulk.replay import bulk_replay, can_bulk
from resolver.bulk.run import BulkRun

__all__ = ["BulkRun", "Interned", "NotInBulk", "bulk_replay", "can_bulk"]
