# Types for a compiled build only; the Python beside this file is complete without it.

cdef class TypeRules:
    cdef public object blocking, id_type, misfit, normalize, policy, threshold
    cdef public bint protected, stays_clear, unique, has_own_rule, calls_back
    cdef public Py_ssize_t limit, place
    cdef public long long window

cdef class Rulebook:
    cdef public object normalizers, settings
    cdef public tuple compounds, order, rules
    cdef public dict plain, types
    cdef public list _blocking
    cdef public bint drops_unreadable, keeps_unreadable, stops_at_first
    cdef public Py_ssize_t least_limit
