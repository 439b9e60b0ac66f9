# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.history cimport letters
from resolver.kernel cimport codes
from resolver.kernel.text_table cimport TextTable

cdef int ROOM

cdef class TextsOfType:
    cdef public int kind, nothing
    cdef public TextTable table
    cdef public list waiting
    cdef public int[::1] places

cdef class Texts:
    cdef public list texts, id_types
    cdef public int[::1] taken
    cdef public int n_taken
    cdef public long long different
    cdef object _type_of
    cdef int[::1] _latest
    cdef int _n_latest
    cdef dict _of
    cdef long long[::1] _marks

    cpdef int number(self, id_type, text) except -9
    cpdef int take(self, id_type, text) except -9
    cpdef int take_number(self, int number) except -9
    cpdef int take_all(self, dict identifiers) except -9
    @cython.locals(of=TextsOfType, count=int)
    cdef int _take_later(self, id_type, text) except -9
    cpdef object end(self)
    cpdef object restore(self, list texts, type_of, list id_types, long long different)
    cpdef int no_text(self, id_type, raw) except -9
    cpdef object forget(self)
    cpdef tuple given(self, long long number)
    @cython.locals(given=list, found="int[::1]")
    cpdef object numbers(self, id_type, texts)
    @cython.locals(size=int, place=int, found="int[::1]")
    cdef int _number_waiting(self, TextsOfType of) except -9
    @cython.locals(start=int, end=int, size=int, place=int)
    cdef int _number_all(self, TextsOfType of, list given, int[::1] found) except -9
    @cython.locals(start=int, end=int, size=int, place=int, base="long long", seen="long long", last="long long", mark="long long", slot="long long", known="long long", first="long long", after="long long", found="int[::1]")
    cdef object _numbers_of_letters(self, TextsOfType of, bytes data, long long[::1] ends, int[::1] rows)
    @cython.locals(mark="long long", last="long long", place="long long", slot="long long", number=int)
    cdef int _number_of_letters(self, TextsOfType of, bytes data, long long start, long long end, long long known) except -9
    @cython.locals(number=int)
    cdef int _number_in(self, TextsOfType of, text) except -9
    cdef TextsOfType _texts_of(self, id_type)
    @cython.locals(number=int)
    cdef int _new(self, TextsOfType of, text) except -9
