"""Tests of resolver, sorted by what each kind can catch: tables, laws, machines, scenarios."""
