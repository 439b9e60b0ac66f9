# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes
from resolver.kernel.pair_table cimport spread

cpdef int number_regrouped(int[::1] before, int[::1] after, int[::1] order, int[::1] number, int[::1] first) except -9
cpdef int count_regrouped(int[::1] before, int[::1] after, int[::1] order, int[::1] number, int[::1] ends) except -9
cpdef int place_regrouped(int[::1] before, int[::1] after, int[::1] order, int[::1] number, int[::1] ends, int[::1] refs) except -9
cpdef int part_regrouped(int[::1] before, int[::1] ends, int[::1] refs, int[::1] part_of, int[::1] by_part, int[::1] parts, int[::1] starts) except -9
cpdef int count_in_either(int[::1] these, int[::1] those) except -9
cpdef int place_only_in(int[::1] order, int[::1] these, int[::1] those, int[::1] refs) except -9

cpdef long long cell_key(long long one, long long other) except -9

cdef class Cells:
    cdef public long long[::1] slots
    cdef public int[::1] counts
    cdef public long long used
    cdef public int appeared

    cpdef long long count(self, long long key, int change) except -9
    cpdef int make_room(self) except -9
    cpdef int enter_all(self, long long[::1] old, long long[::1] new) except -9
