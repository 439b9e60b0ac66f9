# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.everyday cimport resolve_several, resolve_two
from resolver.state.store cimport State

cdef class Executor:
    cdef public object _clock
    cdef public State _state

    cdef object _later(self, object number)
    cdef object _time(self, object at)
