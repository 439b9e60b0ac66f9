# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

cdef class TimeParts:
    cdef object _times, _unit
    cdef bint _splits
    cdef dict _days, _minutes, _ends

    @cython.locals(text=str)
    cpdef object read(self, value)
    cdef object _read(self, value)
    cpdef object _learned(self, str value)
