# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.rules.rulebook cimport Rulebook

cdef class State:
    cdef public object _rulebook_for, at, compounds, merges, number, searches
    cdef public bint normal, settled
    cdef public Rulebook book
    cdef public dict deleted, finders, index, likeness, profiles
    cdef public set mine

    cpdef object writable(self, object profile_id)
    cpdef object apply(self, object facts)
