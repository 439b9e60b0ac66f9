# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.resolve cimport give
from resolver.kernel.tables cimport Tables, next_value_row
from resolver.kernel.undo cimport Scratch, add_given, add_new
from resolver.ruling cimport IdTypeTable, Ruling

cdef class Reader:
    cdef public Ruling _ruling
    cdef public Scratch _scratch
    cdef public Tables _tables

    cpdef object _start(self)
    @cython.locals(t=Tables, s=Scratch, types=dict, mapping=dict, table=IdTypeTable, value=int, found=object)
    cpdef object _read(self, object identifiers)
    cdef object _read_any(self, object identifiers)
    cdef int _value(self, IdTypeTable table, object raw) except -9
    cdef object _storable(self, IdTypeTable table, object raw)
    cdef IdTypeTable _type(self, object id_type)
    cdef int _read_one(self, IdTypeTable table, object raw) except -9
