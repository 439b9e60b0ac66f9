# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.edit cimport delete, remove, replace
from resolver.kernel.matching cimport match
from resolver.kernel.profile_lists cimport outermost
from resolver.kernel.resolve cimport attach, first_other_holder, resolve, would_hold_something
from resolver.kernel.rules cimport Rules
from resolver.kernel.tables cimport Tables, holders, holds, root
from resolver.kernel.undo cimport Scratch, advance, begin, finish, release, take_back
from resolver.outcomes cimport facts_of
from resolver.profiles cimport id_of, ids_of, row_of
from resolver.reading cimport Reader
from resolver.ruling cimport IdTypeTable, Ruling

cdef class Executor(Reader):
    cdef public object _clock, _ids
    cdef public Ruling _next_ruling

    cdef object _perform(self, object command, object number, bint is_preview)
    cpdef object _recover(self)
    cdef object _later(self, object number)
    cdef object _time(self, object at)
    @cython.locals(t=Tables, s=Scratch, r=Rules, last="long long", stamp="long long", profile=int)
    cdef object _resolve(self, object command, object at, object number, bint is_preview)
    cdef object _end(self, int profile, object at, object number, bint is_preview)
    cpdef object _new_id(self, object wanted, object number, object at, object stamp)
    cdef object _nothing_free(self, int value)
    cdef object _unchanged(self, int profile, object at, object number, bint is_preview)
    cdef object _left_out(self, int profile, object at, object number, bint is_preview)
    cdef object _refuse(self, int profile, int value)
    cpdef int _profile(self, object profile_id) except -9
    cdef int _stored(self, int profile, int kind, object id_type, object text) except -9
