# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

cdef class Patterns:
    cdef public object _automaton
    cdef public object _beginnings
    cdef public int _kept
    cdef public int _kept_states
    cdef public int[::1] _next
    cdef public list _places
    cdef public dict _numbers, _rare

    @cython.locals(
        character="Py_UCS4", steps="int[::1]", plain=Py_ssize_t, size=Py_ssize_t, number=Py_ssize_t, code=Py_ssize_t, row=int, after=int
    )
    cpdef bint found_in(self, str text) except -1
    @cython.locals(after=int, is_known=bint)
    cdef int _step(self, int row, str character, bint is_last) except -9
    cdef int _row_of(self, object waiting, str character) except -9
    cpdef object _forget(self)
