"""Scenarios as data: settings, commands, expected outcomes."""
