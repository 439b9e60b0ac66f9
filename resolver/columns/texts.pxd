# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel.text_table cimport TextTable

cdef class Texts:
    cdef public list texts, id_types
    cdef public int[::1] taken
    cdef public int n_taken
    cdef object _type_of
    cdef int[::1] _latest
    cdef int _n_latest
    cdef dict _kinds, _tables, _nothing

    @cython.locals(table=TextTable, number=int)
    cpdef int number(self, id_type, text) except -9
    cpdef int take(self, id_type, text) except -9
    cpdef int take_number(self, int number) except -9
    cpdef int take_all(self, dict identifiers) except -9
    cpdef object end(self)
    cpdef object restore(self, list texts, type_of, list id_types)
    cpdef int no_text(self, id_type, raw) except -9
    cpdef object forget(self)
    cpdef tuple given(self, long long number)
    cpdef object numbers(self, id_type, texts)
    cdef int _number_of_nothing(self, id_type) except -9
    @cython.locals(number=int)
    cdef int _new(self, id_type, text) except -9
