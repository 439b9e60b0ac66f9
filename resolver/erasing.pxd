# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.edit cimport aliases, delete
from resolver.kernel.tables cimport Tables, earliest_first, holders
from resolver.kernel.scratch cimport Scratch
from resolver.kernel.undo cimport begin
from resolver.profiles cimport id_of, ids_of
from resolver.reading cimport Reader

cdef class Eraser(Reader):
    @cython.locals(t=Tables, s=Scratch, stamp="long long", profile=int)
    cdef int _erase_or_suppress(self, object command, object at, object number) except -9
