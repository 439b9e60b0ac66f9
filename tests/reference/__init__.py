"""The reference: the contract by hand, other rules in the place of its own, and replays on it."""
