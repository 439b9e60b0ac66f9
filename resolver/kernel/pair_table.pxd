# Types for a compiled build only; the Python beside this file is complete without it.

cdef class PairTable:
    cdef public int one, other
    cdef dict _holders

    cpdef object put(self, object key, object profile)
    cpdef object take(self, object key, object profile)
    cpdef list holders(self, object key)
    cpdef int size(self, object key) except -1
