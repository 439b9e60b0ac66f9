# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.patterns cimport Patterns

cdef class Blocking:
    cdef public object _memory
    cdef public dict _allowed
    cdef public _Conditions _refusing, _dropping

    cpdef object judged(self, object raw, object form)
    cpdef object allowed(self, object raw)
    cpdef object allow(self, object raw, object form)
    cpdef bint has_stored(self, str text) except -1

@cython.locals(text=str, last=Py_ssize_t)
cdef str _without_ends(object raw)

cdef class _Conditions:
    cdef public frozenset _equal
    cdef public Py_ssize_t _least, _longest, _most
    cdef public Patterns _found
    cdef public list _wanted

    @cython.locals(wanted=Patterns)
    cdef bint hit(self, str given, object form) except -1
    @cython.locals(size=Py_ssize_t)
    cdef bint _has(self, str text) except -1
