"""The contract once more: slow, short, and written apart from the engine."""

from tests.model.store import SlowStore

__all__ = ["SlowStore"]
