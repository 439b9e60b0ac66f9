"""Bulk replay against replay."""
