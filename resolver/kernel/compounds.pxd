# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel.pair_table cimport PairTable
from resolver.kernel.profile_lists cimport values_of
from resolver.kernel.rules cimport Rules
from resolver.kernel.tables cimport Tables, earliest_first, holds
from resolver.kernel.undo cimport Scratch

cpdef int enter_pairs(Tables t, Scratch s, int profile, int value) except -9
cpdef int leave_pairs(Tables t, Scratch s, int profile, int value) except -9
cpdef int enter_profile(Tables t, Scratch s, int profile) except -9
cpdef int leave_profile(Tables t, Scratch s, int profile) except -9
cpdef list keys(Tables t, PairTable table, int profile, long long value)
cpdef list all_keys(Tables t, PairTable table, int profile)
cpdef list sharers(Tables t, Scratch s, Rules r, int rule, dict choices)
cpdef bint holds_any(Tables t, int profile, list values) except -1
cpdef list candidates(Tables t, Rules r, int rule, dict choices)
cpdef list widen(Tables t, Scratch s, Rules r, int kind, list values)
cpdef list shared_values(Tables t, Scratch s, Rules r, int kind, list values, list profiles)
cpdef bint is_held_by_any(Tables t, int value, list profiles) except -1
cpdef bint is_similar_to_any(str text, list others, object threshold) except -1
cpdef str text_of(Tables t, Scratch s, int value)
