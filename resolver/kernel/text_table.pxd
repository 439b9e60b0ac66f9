# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes, rows

cdef class TextTable:
    cdef public dict rows
    cdef public long long[::1] slots
    cdef public long long size

    @cython.locals(mark="long long", last="long long", place="long long", slot="long long", row="long long", stored=str)
    cpdef int find(self, list texts, str text) except -9
    cpdef int enter(self, str text, long long row) except -9
    @cython.locals(last="long long", place="long long")
    cpdef int enter_marked(self, long long mark, long long row) except -9
    @cython.locals(mark="long long", last="long long", place="long long", wanted="long long")
    cpdef int leave(self, str text, long long row) except -9
    @cython.locals(last="long long", place="long long", slot="long long", home="long long")
    cpdef int close_gap(self, long long gap) except -9
    @cython.locals(old="long long", room="long long")
    cpdef int reserve(self, long long size) except -9
    cpdef list all_rows(self)
    @cython.locals(last="long long", place="long long", slot="long long", seen="long long", size="long long", stored=str)
    cpdef long long look_ahead(self, list texts, list given, long long start, long long end, long long[::1] marks) except? -9

@cython.locals(last="long long", slot="long long", there="long long")
cpdef long long[::1] rehashed(long long[::1] old, long long[::1] new)
