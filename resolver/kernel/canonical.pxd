# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes, rows
from resolver.kernel.tables cimport Tables, is_born_before, root
from resolver.kernel.text_table cimport TextTable

cdef class Columns:
    cdef public long long[::1] created_at, created_by, added_at, added_by
    cdef public int[::1] survivor, sizes, held, kind_of_value
    cdef public list texts

cpdef int fill(Tables t, Columns c, int[::1] numbers, int[::1] kind_numbers) except -9
cpdef int rebuild_profiles(Tables t, Columns c, long long number) except -9
@cython.locals(table=TextTable, counts="int[::1]", kind=int)
cpdef int rebuild_values(Tables t, Columns c, int kinds) except -9
@cython.locals(last_holder="int[::1]")
cpdef int rebuild_holds(Tables t, Columns c, long long number) except -9
cpdef int check_time(Columns c, int place, int before, long long number) except -9
cpdef int hold_value(Tables t, int value, int profile) except -9
@cython.locals(found="long long")
cpdef long long total(int[::1] sizes) except -9
@cython.locals(text=str)
cpdef bint write_lengths(list texts, unsigned char[::1] lengths) except -1
@cython.locals(start="long long", end="long long")
cpdef list cut(str together, long long[::1] ends)
@cython.locals(end="long long")
cpdef int write_ends(unsigned char[::1] lengths, long long[::1] ends) except -9
