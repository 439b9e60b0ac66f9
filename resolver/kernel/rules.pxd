# Types for a compiled build only; the Python beside this file is complete without it.

cdef class Rules:
    cdef public object book
    cdef public int[::1] place, limit, fifo, unique, own_rule, matches_alone, rule_of, order
    cdef public list types, compounds, naming, pairs
    cdef public dict thresholds
    cdef public int least_limit
    cdef public bint simple, stops_at_first
