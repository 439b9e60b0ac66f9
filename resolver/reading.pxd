# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.resolve cimport arrange, give
from resolver.kernel.tables cimport Tables, holds, next_value_row, root
from resolver.kernel.scratch cimport Scratch, add_given, add_new, forget_new
from resolver.profiles cimport id_of, row_of
from resolver.rules.blocking cimport Blocking
from resolver.ruling cimport IdTypeTable, Ruling

cdef class Reader:
    cdef public Ruling _ruling
    cdef public Scratch _scratch
    cdef public Tables _tables
    cdef public tuple _other_facts

    cpdef object _start(self)
    cdef object _give_nothing(self)
    @cython.locals(t=Tables, s=Scratch, types=dict, mapping=dict, table=IdTypeTable, value=int, is_plain=bint, is_sought=bint)
    cpdef object _read(self, object identifiers)
    cdef object _read_any(self, object identifiers)
    cdef int _value(self, IdTypeTable table, object raw, bint is_sought) except -9
    cdef int _given_before(self, int kind, object text) except -9
    cdef bint _is_left_out(self, IdTypeTable table, object raw, object then) except -1
    @cython.locals(blocking=Blocking)
    cdef object _storable(self, IdTypeTable table, object raw, bint is_sought)
    cdef IdTypeTable _type(self, object id_type)
    cdef int _read_one(self, IdTypeTable table, object raw) except -9
    cpdef int _profile(self, object profile_id) except -9
    cdef int _stored(self, int profile, int kind, object id_type, object text) except -9
    @cython.locals(stamp="long long")
    cdef object _normalized(self, IdTypeTable table, object text)
