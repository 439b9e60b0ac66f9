# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.text_table cimport TextTable

cdef class Tables:
    # values
    cdef public list text, index
    cdef public int[::1] kind, owner, free_values
    cdef public int n_values, n_free_values
    cdef public dict sharers
    # profiles
    cdef public long long[::1] created_at, created_by
    cdef public int[::1] parent, head, tail, size, ring
    cdef public dict own_ids, rows_of_ids
    cdef public int n_profiles, living
    # holds
    cdef public long long[::1] added_at, added_by
    cdef public int[::1] held, next_hold, free_holds
    cdef public int n_holds, n_free_holds
    # position and what is known
    cdef public long long number, at
    cdef public bint settled, normal, keeps_values
    cdef public list compounds
    cdef public dict similarity
    cdef public object suppressed

cpdef int new_profile(Tables t, long long at, long long number) except -9
cpdef int next_value_row(Tables t, int ahead, int kind) except -9
@cython.locals(table=TextTable)
cpdef int enter_value(Tables t, int value, str text) except -9
cpdef int new_hold(Tables t) except -9
cpdef int make_room_for_profiles(Tables t, int room) except -9
cpdef int make_room_for_values(Tables t, int room) except -9
cpdef int make_room_for_holds(Tables t, int room) except -9
cpdef int root(Tables t, int profile) except -9
cpdef bint holds(Tables t, int profile, int value) except -1
cpdef bint is_born_before(Tables t, int one, int other) except -1
cpdef list holders(Tables t, int value)
cpdef list earliest_first(Tables t, list profiles)
