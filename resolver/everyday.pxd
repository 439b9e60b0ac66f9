# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.rules.rulebook cimport Rulebook, TypeRules
from resolver.state.store cimport State

@cython.locals(finders=dict, new=tuple, facts=tuple, several=bint, is_late=bint, rules=TypeRules, held=tuple)
cpdef object resolve_everyday(State state, object command, object number, object at, object draw)

@cython.locals(book=Rulebook, rules=TypeRules, profiles=dict)
cdef object _merge(State state, dict identifiers, object number, object at, Py_ssize_t more)
