"""Structures: indexes that guard their own invariants; none knows what a command is."""
