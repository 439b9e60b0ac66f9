# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.columns cimport marks
from resolver.columns.texts cimport Texts
from resolver.history.time_parts cimport TimeParts
from resolver.kernel cimport codes

cdef class Block:
    cdef public Texts texts
    cdef public long long first, end
    cdef public int count
    cdef public long long[::1] lines, ats, ends
    cdef public signed char[::1] op
    cdef public int[::1] ref_of
    cdef public list refs, times

    @cython.locals(count=int)
    cpdef int add(self, long long line, long long at, int op, ref, bint is_resolve) except -9

@cython.locals(size=int, place=int, moment="long long", ref=str)
cpdef int take_lines(Block block, list entries, long long[::1] numbers, TimeParts times, int start) except -9
