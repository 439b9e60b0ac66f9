"""Replays in columns against the engine, command by command."""
