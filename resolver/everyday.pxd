# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.rules.rulebook cimport Rulebook, TypeRules
from resolver.state.store cimport State

@cython.locals(rules=TypeRules, table=dict, other_rules=TypeRules, other_table=dict)
cpdef object resolve_two(State state, object command, dict identifiers, object number, object at)

@cython.locals(plain=dict, new=list, facts=tuple, record=tuple, rules=TypeRules, table=dict)
cpdef object resolve_several(State state, object command, dict identifiers, object number, object at)

@cython.locals(record=tuple)
cdef object _attach(State state, object owner, object number, object at, TypeRules rules, dict table, object value)

@cython.locals(survivor=tuple, absorbed=tuple)
cdef object _merge(State state, object first, object second, tuple pairs, object number, object at)
