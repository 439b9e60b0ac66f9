# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.rules.rulebook cimport Rulebook, TypeRules
from resolver.state.store cimport State

@cython.locals(table=dict, rules=TypeRules)
cpdef object resolve_one(State state, object command, dict identifiers, object number, object at)

@cython.locals(plain=dict, apart=bint, new=list, facts=tuple, record=tuple, is_late=bint, rules=TypeRules, table=dict)
cpdef object resolve_several(State state, object command, dict identifiers, object number, object at)

@cython.locals(book=Rulebook, known=list, rules=TypeRules, table=dict)
cdef object _merge(State state, dict identifiers, object number, object at, Py_ssize_t more)
