# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.rules.rulebook cimport Rulebook, TypeRules
from resolver.state.store cimport State

@cython.locals(record=tuple, rules=TypeRules, table=dict, other_rules=TypeRules, other_table=dict)
cpdef object resolve_two(State state, object command, dict identifiers, object number, object at)

@cython.locals(plain=dict, new=list, facts=tuple, record=tuple, rules=TypeRules, table=dict)
cpdef object resolve_several(State state, object command, dict identifiers, object number, object at)

@cython.locals(survivor=tuple, absorbed=tuple)
cdef object _merge(State state, object first, object second, tuple pairs, object number, object at)
