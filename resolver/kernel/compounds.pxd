# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.choices cimport choose_held, clear_choices, is_blocked, text_of, widen
from resolver.kernel.pair_table cimport PairTable, pair_key
from resolver.kernel.profile_lists cimport values_of
from resolver.kernel.rules cimport Rules
from resolver.kernel.scratch cimport Scratch, add_sharing, leave_each_once
from resolver.kernel.tables cimport Tables, holds
from resolver.kernel.undo cimport log_pair

cpdef bint enter_pairs(Tables t, Scratch s, int profile, int value) except -1
cpdef int leave_pairs(Tables t, Scratch s, int profile, int value) except -9
cpdef int enter_profile(Tables t, Scratch s, int profile) except -9
cpdef int leave_profile(Tables t, Scratch s, int profile) except -9
@cython.locals(table=PairTable)
cpdef int change_profile(Tables t, Scratch s, int profile, bint is_entering) except -9
@cython.locals(table=PairTable, key="long long")
cpdef bint change_pairs(Tables t, Scratch s, int number, int profile, int value, bint is_entering) except -1
cpdef list all_keys(Tables t, PairTable table, int profile)
cpdef int find_sharers(Tables t, Scratch s, Rules r, int rule) except -9
cpdef bint holds_one_of_each(Tables t, Scratch s, Rules r, int start, int end, int profile) except -1
@cython.locals(table=PairTable, key="long long", holder=int, size=int, best=int, least=int)
cpdef int find_candidates(Tables t, Scratch s, Rules r, int rule) except -9
@cython.locals(table=PairTable, size=int)
cpdef int count_holders(Tables t, Scratch s, Rules r, int place) except -9
cpdef bint is_shared(Tables t, Scratch s, Rules r, int value, int profile) except -1
cpdef bint is_shared_by_any(Tables t, Scratch s, Rules r, int value) except -1
cpdef list sharers_of(Tables t, Scratch s, Rules r, int rule, int profile)
