# What letters.py does with slices, for a compiled build only: no object is made.

from libc.stdint cimport uint64_t
from libc.string cimport memcmp, memcpy

cdef extern from "Python.h":
    ctypedef struct PyHash_FuncDef:
        Py_hash_t (*hash)(const void* letters, Py_ssize_t size) nogil
    PyHash_FuncDef* PyHash_GetFuncDef()
    ctypedef struct PyASCIIObject:
        Py_hash_t hash
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 largest)
    void* PyUnicode_DATA(object text)
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    char* PyBytes_AS_STRING(object letters)

cdef enum:
    OTHER = -2

cdef inline long long hash_between(bytes letters, Py_ssize_t start, Py_ssize_t end):
    cdef const char* first = PyBytes_AS_STRING(letters) + start
    cdef Py_ssize_t size = end - start, place = 0
    cdef uint64_t word = 0, bits = 0
    while place + 8 <= size:
        memcpy(&word, first + place, 8)
        bits |= word
        place += 8
    word = 0
    memcpy(&word, first + place, size - place)
    bits |= word
    if bits & <uint64_t> 0x8080808080808080:
        return -2
    cdef Py_hash_t found = PyHash_GetFuncDef().hash(first, size)
    return -2 if found == -1 else found

cdef inline bint is_between(str text, bytes letters, Py_ssize_t start, Py_ssize_t end):
    return (
        len(text) == end - start and PyUnicode_IS_COMPACT_ASCII(text)
        and memcmp(PyUnicode_DATA(text), PyBytes_AS_STRING(letters) + start, end - start) == 0
    )

cdef inline str ascii_between(bytes letters, Py_ssize_t start, Py_ssize_t end, Py_hash_t known):
    text = PyUnicode_New(end - start, 127)
    (<PyASCIIObject*> text).hash = known
    memcpy(PyUnicode_DATA(text), PyBytes_AS_STRING(letters) + start, end - start)
    return <str> text
