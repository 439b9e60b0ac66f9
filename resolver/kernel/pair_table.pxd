# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes

cpdef long long pair_key(long long one, long long other) except -9
@cython.locals(one="long long", other="long long")
cpdef long long spread(long long key) except -9

cdef class PairTable:
    cdef public int one, other
    cdef public long long[::1] slots
    cdef public long long used
    cdef public dict shared

    cpdef long long slot_of(self, long long key) except -9
    cpdef int put(self, long long key, int profile) except -9
    cpdef int take(self, long long key, int profile) except -9
    cpdef int make_room(self) except -9
    cpdef int rehash(self, long long[::1] old, long long[::1] new) except -9
    cpdef int holder(self, long long key) except -9
    cpdef int size(self, long long key) except -1
    cpdef list holders(self, long long key)
