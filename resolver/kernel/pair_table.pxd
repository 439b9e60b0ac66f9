# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes

cpdef long long pair_key(long long one, long long other) except -9

cdef class PairTable:
    cdef public int one, other
    cdef dict _holders

    cpdef object put(self, object key, object profile)
    cpdef object take(self, object key, object profile)
    cpdef int holder(self, object key) except -9
    cpdef dict several(self, object key)
    cpdef list holders(self, object key)
    cpdef int size(self, object key) except -1
