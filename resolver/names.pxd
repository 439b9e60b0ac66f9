# What names.py does by adding two texts, for a compiled build only: in a third of the instructions.

from libc.string cimport memcpy

cdef extern from "Python.h":
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 largest)
    void* PyUnicode_DATA(object text)

cdef inline str joined_id(str beginning, str ending):
    cdef Py_ssize_t first = len(beginning), second = len(ending)
    text = PyUnicode_New(first + second, 127)
    memcpy(PyUnicode_DATA(text), PyUnicode_DATA(beginning), first)
    memcpy(<char*> PyUnicode_DATA(text) + first, PyUnicode_DATA(ending), second)
    return <str> text
