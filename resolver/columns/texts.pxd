# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport rows
from resolver.kernel.text_table cimport TextTable

cdef class Texts:
    cdef public list texts, id_types
    cdef public object type_of
    cdef public dict tables, without
    cdef dict _kinds

    @cython.locals(table=TextTable)
    cpdef long long number(self, id_type, text) except -1
    cpdef int take(self, dict identifiers, list idents) except -1
    cpdef long long no_text(self, id_type, raw) except -1
    cpdef forget(self)
    cpdef tuple given(self, long long number)
    @cython.locals(table=TextTable)
    cpdef list numbers(self, id_type, texts)
    @cython.locals(number="long long")
    cpdef long long _number_in(self, TextTable table, id_type, text) except -1
    @cython.locals(table=TextTable)
    cpdef TextTable _table(self, id_type)
    cpdef long long _new(self, id_type, text) except -1
