# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.profile_lists cimport count_within, is_counted
from resolver.kernel.rules cimport Rules
from resolver.kernel.scratch cimport Scratch, add_coming, add_evidence, add_found
from resolver.kernel.tables cimport Tables, holds, is_born_before

@cython.locals(most="long long", kind=int)
cpdef int fit(Tables t, Scratch s, Rules r, long long at, int left_out) except -9
@cython.locals(held="long long", new="long long", kind=int, broken=int, before=int)
cpdef int fit_one(Tables t, Scratch s, Rules r, long long at, int left_out) except -9
cpdef int count_coming(Tables t, Scratch s, int profile, int kind, int last) except -9
@cython.locals(window="long long", together=int, most=int, alone=int, is_one=bint)
cpdef bint has_more_values(Tables t, Scratch s, Rules r, int kind, long long at) except -1
@cython.locals(together="long long", most="long long")
cpdef bint has_more_identifiers(Tables t, Scratch s, Rules r) except -1
cpdef bint is_held_by_found(Tables t, Scratch s, int value, int end) except -1
@cython.locals(earliest="long long", is_there=bint)
cpdef bint is_earliest_counted(Tables t, Scratch s, int value, long long at, long long window) except -1
cpdef bint has_more_aliases(Tables t, Scratch s, int allowed) except -1
@cython.locals(why=int)
cpdef int join(Tables t, Scratch s, Rules r, long long at) except -9
@cython.locals(why=int, is_held=bint, owner=int)
cpdef int take(Tables t, Scratch s, Rules r, int value, long long at, bint demotes) except -9
@cython.locals(both=int, why=int)
cpdef int meet(Tables t, Scratch s, Rules r, int value, long long at) except -9
@cython.locals(earliest=int)
cpdef bint look_for_someone(Tables t, Scratch s, Rules r, long long at) except -1
cpdef bint holds_protected(Tables t, Rules r, int profile) except -1
cpdef int add_candidate(Scratch s, int profile) except -9
