# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.erasing cimport Eraser
from resolver.kernel cimport codes
from resolver.kernel.edit cimport delete, remove, replace
from resolver.kernel.profile_lists cimport outermost
from resolver.kernel.resolve cimport attach, first_other_holder
from resolver.kernel.tables cimport Tables, holds
from resolver.kernel.scratch cimport Scratch
from resolver.kernel.undo cimport begin, take_back
from resolver.profiles cimport id_of, ids_of
from resolver.ruling cimport IdTypeTable

cdef class Editor(Eraser):
    cdef int _edit(self, object command, object at, object number) except -9
    @cython.locals(t=Tables, s=Scratch, profile=int, value=int, after=int)
    cdef int _add(self, object command, object at, object number) except -9
    @cython.locals(t=Tables, s=Scratch, table=IdTypeTable, profile=int, old=int, new=int, after=int)
    cdef int _replace(self, object command, object at, object number) except -9
    @cython.locals(t=Tables, s=Scratch, profile=int, value=int)
    cdef int _remove(self, object command, object at, object number) except -9
    @cython.locals(t=Tables, s=Scratch, profile=int)
    cdef int _delete(self, object command, object at, object number) except -9
    cdef object _refuse(self, int profile, int value)
