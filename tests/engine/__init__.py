"""The engine as its callers meet it: names, snapshots, determinism, and the floors of the building."""
