# Types for a compiled build only; the Python beside this file is complete without it.

cdef class Rules:
    cdef public object book
    cdef public int[::1] place, limit, fifo, unique, own_rule, matches_alone, fuzzy, rule_of, order
    cdef public int[::1] protected, makes_room, misfit, bounded
    cdef public long long[::1] window
    cdef public int[::1] rule_start, rule_types, table_of
    cdef public list types, compounds, naming, tables, blocking
    cdef public dict thresholds
    cdef public int least_limit, most_identifiers, most_merges
    cdef public bint simple, stops_at_first, joins, has_blocked
