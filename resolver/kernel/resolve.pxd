# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.compounds cimport enter_pairs, enter_profile, is_shared, is_shared_by_any, leave_pairs, leave_profile
from resolver.kernel.joining cimport fit
from resolver.kernel.matching cimport match_stored
from resolver.kernel.profile_lists cimport count_until, count_within, link, outermost_within, unite, unlink, values_of
from resolver.kernel.rules cimport Rules
from resolver.kernel.tables cimport Tables, holders, holds, is_born_before, new_profile
from resolver.kernel.scratch cimport Scratch, add_coming, add_evidence, add_extra, add_fact, add_found, add_loose, add_sharing
from resolver.kernel.undo cimport log

cpdef int give(Tables t, Scratch s, Rules r, int value) except -9
cpdef object arrange(Tables t, Scratch s, Rules r)
cpdef bint would_hold_something(Tables t, Scratch s, Rules r) except -1
cpdef bint would_hold_what_fits(Tables t, Scratch s, Rules r) except -1
@cython.locals(why=int)
cpdef int resolve(Tables t, Scratch s, Rules r, long long at, long long number) except -9
@cython.locals(is_limit=bint)
cpdef bint is_full(Tables t, Rules r, int value, int why) except -1
@cython.locals(first=int, other=int)
cpdef int first_other_holder(Tables t, int profile, int value) except -9
cpdef int attach(Tables t, Scratch s, Rules r, int profile, int value, long long at, long long number) except -9
cpdef int collide(Tables t, Scratch s, Rules r, int profile, int value, long long at) except -9
cpdef int attach_or_merge(Tables t, Scratch s, Rules r, int profile, int value, long long at, long long number) except -9
@cython.locals(kind=int, is_of_others=bint)
cpdef int attach_or_yield(Tables t, Scratch s, Rules r, int profile, int value, int why, long long at, long long number) except -9
cpdef int refuse(Tables t, Scratch s, int profile, int value, int why, int owner) except -9
cpdef bint shares_one_of_each(Tables t, Scratch s, Rules r, list beside, int profile) except -1
cpdef int insert(Tables t, Scratch s, Rules r, int profile, int value, long long at, long long number) except -9
cpdef int settle(Tables t, Scratch s, Rules r, int profile, int inserted, long long at) except -9
cpdef int merge(Tables t, Scratch s, Rules r, long long at) except -9
cpdef int absorb(Tables t, Scratch s, int survivor, int absorbed) except -9
cpdef int sort_by_birth(Tables t, Scratch s) except -9
cpdef int trim(Tables t, Scratch s, Rules r, int profile, int kind, long long at) except -9
@cython.locals(surplus=int)
cpdef int evict(Tables t, Scratch s, Rules r, int profile, int kind, long long at, int surplus) except -9
cpdef int lose(Tables t, Scratch s, int profile, int value, int fact) except -9
