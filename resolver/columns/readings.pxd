# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.columns cimport marks
from resolver.kernel cimport codes
from resolver.kernel.tables cimport Tables, enter_value, make_room_for_holds, make_room_for_values, next_value_row
from resolver.rules.checks cimport is_whole
from resolver.ruling cimport IdTypeTable

cdef class TypeReading:
    cdef public IdTypeTable table
    cdef public object read, book
    cdef public int[::1] before
    cdef public list values, waiting
    cdef public bint takes_all
    cdef public long long own

    cpdef bint has_only_own(self) except -1
    @cython.locals(row=int)
    cpdef object form(self, int number, raw)
    cdef object _asked(self, raw)

cdef class Readings:
    cdef public object numbered, value_of
    cdef public Tables tables
    cdef public bint are_all
    cdef long long[::1] _marks
    cdef object _own

    @cython.locals(t=Tables, values="long long", holds="long long")
    cdef int _make_room(self, long long new) except -9
    @cython.locals(start=int, end=int, size=int, place=int, text=int, different="long long", reading=TypeReading, table=IdTypeTable, forms=list)
    cdef int _read(self, list reading_of, list raws, int[::1] type_of, long long[::1] wanted, int[::1] value_of) except -9

@cython.locals(value=int)
cpdef int row_of_text(Tables t, IdTypeTable table, str text) except -9
@cython.locals(row=int)
cpdef int new_row(Tables t, IdTypeTable table, str text) except -9
