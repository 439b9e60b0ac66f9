"""Mutants: the source changed in one place at a time, to see whether a test notices."""
