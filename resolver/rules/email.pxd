# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

cpdef bint is_ordinary_address(str text) except -1
@cython.locals(
    size=Py_ssize_t, place=Py_ssize_t, part=Py_ssize_t, length=Py_ssize_t, labels=int, is_word=bint, letter=Py_UCS4
)
cpdef bint reads_as_address(str text) except -1
