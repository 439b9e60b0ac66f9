"""Durability: every accepted write is in one SQLite file before it is acknowledged."""

from resolver.emulator.journal.database_file import JournalDamaged, JournalInUse, JournalRefused
from resolver.emulator.journal.journal import SqliteJournal

__all__ = ["JournalDamaged", "JournalInUse", "JournalRefused", "SqliteJournal"]
