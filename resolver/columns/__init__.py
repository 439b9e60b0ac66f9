"""Columns: histories and what became of them as integers, and the loop that executes them."""
