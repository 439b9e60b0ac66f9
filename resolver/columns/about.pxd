# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.columns cimport marks
from resolver.kernel cimport codes, rows
from resolver.kernel.tables cimport Tables

cdef class Lines:
    cdef public long long[::1] numbers
    cdef public int[::1] ref_of, subject, first, who
    cdef public signed char[::1] status

cpdef int set_tops(Tables t, int[::1] top) except -9
cpdef int note_about(Lines c, int[::1] top, signed char[::1] wanted, signed char[::1] group, signed char[::1] about) except -9
