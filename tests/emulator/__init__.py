"""Tests of the HTTP emulator."""
