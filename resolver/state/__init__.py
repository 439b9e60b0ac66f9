"""The state of one store: what facts made true, and every index that answers about it."""

from resolver.state.store import State

__all__ = ["State"]
