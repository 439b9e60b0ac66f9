# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

cdef int LONGEST

@cython.locals(text=str)
cpdef bint is_whole(raw) except -1
