"""The reference with a second, independent normalization: what the engine is held against."""

from tests.model.store import SlowStore

__all__ = ["SlowStore"]
