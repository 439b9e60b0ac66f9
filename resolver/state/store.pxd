# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.rules.rulebook cimport Rulebook

cdef class State:
    cdef public object _rulebook_for, at, compounds, ids, merges, number
    cdef public Py_ssize_t most_merged
    cdef public bint normal, numbered, searches, settled
    cdef public Rulebook book
    cdef public dict deleted, index, likeness, plain, profiles

    cpdef object record(self, object profile_id)
    cpdef object apply(self, object facts)
    cpdef object merge(self, object fact)
