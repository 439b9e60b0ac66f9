# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.tables cimport Tables, is_born_before, root
from resolver.kernel.text_table cimport TextTable

cdef class Columns:
    cdef public long long[::1] created_at, created_by, added_at, added_by
    cdef public int[::1] survivor, sizes, held, kind_of_value
    cdef public list texts

cpdef int fill(Tables t, Columns c, int[::1] numbers) except -9
cpdef int rebuild_profiles(Tables t, Columns c, long long number) except -9
@cython.locals(table=TextTable)
cpdef int rebuild_values(Tables t, Columns c, int kinds) except -9
cpdef int rebuild_holds(Tables t, Columns c, long long number) except -9
cpdef int check_time(Columns c, int place, int before, long long number) except -9
cpdef int hold_value(Tables t, int value, int profile) except -9
