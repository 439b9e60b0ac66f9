# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes
from resolver.kernel.tables cimport Tables, enter_value

cdef class Scratch:
    cdef public long long stamp
    cdef public int status
    cdef public int[::1] given, new_rows, found, evidence, who, what, extra, loose, cut
    cdef public signed char[::1] fact
    cdef public int n_given, n_new, n_found, n_evidence, n_facts, n_extra, n_loose, n_cut, n_log
    cdef public int rule, phase
    cdef public bint holds_all
    cdef public list new_texts, dropped, entries
    cdef public long long[::1] log
    cdef public int was_values, was_free_values, was_profiles, was_living, was_holds, was_free_holds
    cdef public long long next_number, next_at
    cdef public int base_values, base_holds

cpdef int begin(Tables t, Scratch s) except -9
cpdef int log(Scratch s, int column, int row, int old) except -9
cpdef int take_back(Tables t, Scratch s) except -9
cpdef int restore(Tables t, int column, int row, int old) except -9
cpdef int finish(Tables t, Scratch s, long long number, long long at) except -9
cpdef int advance(Tables t, Scratch s, long long number, long long at) except -9
cpdef int prepare_release(Tables t, Scratch s) except -9
cpdef int release(Tables t, Scratch s) except -9
cpdef int add_fact(Scratch s, int fact, int who, int what) except -9
cpdef int add_extra(Scratch s, int number) except -9
cpdef int add_given(Scratch s, int value) except -9
cpdef int add_new(Scratch s, int value, str text) except -9
cpdef int add_found(Scratch s, int profile) except -9
cpdef int add_evidence(Scratch s, int value) except -9
cpdef int add_loose(Scratch s, int value) except -9
cpdef int add_cut(Scratch s, int hold) except -9
