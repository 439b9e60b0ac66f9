# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes

cdef class Scratch:
    cdef public long long stamp
    cdef public int status
    cdef public int[::1] given, new_rows, found, evidence, who, what, extra, loose, cut
    cdef public int[::1] choices, is_evidence, choice_start, choice_end, wide_start, wide_end, sharing
    cdef public int[::1] coming, candidates, why
    cdef public int n_coming, n_candidates
    cdef public int n_choices, n_sharing
    cdef public signed char[::1] fact
    cdef public int n_given, n_new, n_found, n_evidence, n_facts, n_extra, n_loose, n_cut, n_log
    cdef public int rule, phase
    cdef public bint holds_all
    cdef public list new_texts, dropped, entries, forgotten
    cdef public dict new_by_text, new_by_row
    cdef public long long[::1] log
    cdef public int was_values, was_free_values, was_profiles, was_living, was_holds, was_free_holds
    cdef public long long next_number, next_at
    cdef public int base_values, base_holds

cpdef int add_fact(Scratch s, int fact, int who, int what) except -9
cpdef int add_extra(Scratch s, int number) except -9
cpdef int add_given(Scratch s, int value) except -9
cpdef int add_new(Scratch s, int value, str text) except -9
cpdef int forget_new(Scratch s) except -9
cpdef int add_found(Scratch s, int profile) except -9
cpdef int add_evidence(Scratch s, int value) except -9
cpdef int add_loose(Scratch s, int value) except -9
cpdef int add_cut(Scratch s, int hold) except -9
cpdef int add_coming(Scratch s, int value) except -9
cpdef int add_sharing(Scratch s, int profile) except -9
cpdef int make_room(Scratch s, str name) except -9
cpdef bint is_among(int[::1] numbers, int size, int number) except -1
cpdef int leave_each_once(int[::1] numbers, int size) except -9
