# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

cdef int LONGEST
cdef int _NONE_OF_IT

@cython.locals(found=int, letter=Py_UCS4)
cpdef int separators_in(str text) except -9

cdef class _Beginning:
    cdef str _digits
    cdef object _match

    cpdef bint is_of(self, str digits) except -1
    cpdef bint takes_off(self, str digits) except -1

cdef class _Country:
    cdef public str code
    cdef public int longest
    cdef long long _lengths
    cdef _Beginning _prefix

    cpdef bint takes(self, str national) except -1

cdef class QuickReader:
    cdef dict _countries
    cdef _Country _home
    cdef _Beginning _abroad

    @cython.locals(is_international=bint, found=int, place=int, digits=str, separator=str, length=Py_ssize_t, code=str, country=_Country)
    cpdef object read(self, str raw)
    @cython.locals(country=_Country)
    cdef object _national(self, str digits)
