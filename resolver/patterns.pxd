# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

cdef class Patterns:
    cdef public object _automaton
    cdef public object _beginnings
    cdef public int _kept
    cdef public int _kept_states
    cdef public dict _places
    cdef public _Place _start

    @cython.locals(place=_Place, after=_Place, end=_Place, code=Py_ssize_t, number=Py_ssize_t, last=Py_ssize_t)
    cpdef bint found_in(self, str text) except -1
    cdef _Place _step_by(self, _Place place, str character, bint is_last)
    cdef _Place _step(self, _Place place, str character)
    cdef _Place _place(self, object waiting, str before)

cdef class _Place:
    cdef public object before, waiting
    cdef public dict steps
    cdef public list plain
    cdef public bint is_found
