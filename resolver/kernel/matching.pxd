# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.choices cimport blocks, choose, choose_given, choose_held, clear_choices, text_of, widen
from resolver.kernel.compounds cimport find_sharers, is_shared_by_any
from resolver.kernel.joining cimport join
from resolver.kernel.profile_lists cimport values_of
from resolver.kernel.rules cimport Rules
from resolver.kernel.scratch cimport Scratch, add_evidence, add_found, add_sharing, is_among, leave_each_once
from resolver.kernel.tables cimport Tables, earliest_first, holds

cpdef int match(Tables t, Scratch s, Rules r, long long at) except -9
@cython.locals(rule=int, end=int)
cpdef int match_alone(Tables t, Scratch s, Rules r) except -9
cpdef int note_profile(Scratch s, int profile) except -9
cpdef int match_by_rules(Tables t, Scratch s, Rules r) except -9
cpdef bint can_apply(Scratch s, Rules r, int rule) except -1
cpdef int find_by(Tables t, Scratch s, Rules r, int rule) except -9
cpdef int note_found(Tables t, Scratch s, Rules r, int rule) except -9
@cython.locals(rule=int, first=int, rules=list)
cpdef int match_stored(Tables t, Scratch s, Rules r, int profile, int inserted) except -9
cpdef int leave_out(Scratch s, int profile) except -9
@cython.locals(rule=int, profiles=list)
cpdef list match_rule_by_rule(Tables t, Scratch s, Rules r)
@cython.locals(theirs=list)
cpdef list pairs_shared(Tables t, Scratch s, Rules r, int profile, int kind, list values, bint is_exact)
@cython.locals(value=int)
cpdef dict given_by_type(Tables t, Scratch s)
