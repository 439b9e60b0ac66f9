"""Tests of replay and compare."""
