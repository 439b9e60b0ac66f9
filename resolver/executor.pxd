# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.editing cimport Editor
from resolver.kernel cimport codes, rows
from resolver.kernel.matching cimport match
from resolver.kernel.resolve cimport resolve, would_hold_something
from resolver.kernel.rules cimport Rules
from resolver.kernel.tables cimport Tables, holders
from resolver.kernel.scratch cimport Scratch
from resolver.kernel.undo cimport begin, finish, release, take_back
from resolver.outcomes cimport OutcomeColumns, facts_of
from resolver.profiles cimport id_of
from resolver.ruling cimport Ruling

cdef class Executor(Editor):
    cdef public object _clock, _ids
    cdef public Ruling _next_ruling

    @cython.locals(t=Tables, s=Scratch, number="long long", profile=int, left=int, is_resolve=bint)
    cpdef bint _execute_some(self, object commands, OutcomeColumns columns, int most) except -1
    cpdef object _settle(self, OutcomeColumns columns)
    cpdef object _recover(self)
    cdef object _later(self, object number)
    cdef object _time_of(self, object command, bint is_resolve)
    cdef object _now(self)
    cdef object _outcome(self, int profile, object at, object number)
    @cython.locals(t=Tables, s=Scratch, r=Rules, stamp="long long", profile=int)
    cdef int _resolve(self, object command, object at, long long number) except -9
    @cython.locals(t=Tables, stamp="long long")
    cpdef object _new_id(self, object wanted, object number, object at)
    cdef object _nothing_free(self, int value)
