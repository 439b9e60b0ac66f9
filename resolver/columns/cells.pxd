# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes
from resolver.kernel.pair_table cimport spread

cpdef long long cell_key(long long one, long long other) except -9

cdef class Cells:
    cdef public long long[::1] slots
    cdef public int[::1] counts
    cdef public long long used
    cdef public int appeared

    cpdef long long count(self, long long key, int change) except -9
    cpdef int make_room(self) except -9
    cpdef int enter_all(self, long long[::1] old, long long[::1] new) except -9
