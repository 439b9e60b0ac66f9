# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes, rows
from resolver.kernel.tables cimport Tables, enter_value, new_profile, next_value_row

@cython.locals(place=int, each=int)
cpdef int repeat_each(long long[::1] column, int[::1] first, int start, long long[::1] out) except -9
@cython.locals(count=int, each=int, place="long long", value=int)
cpdef int keep_once(int[::1] values, long long[::1] offsets, int[::1] seen, int[::1] once, int[::1] ends) except -9
@cython.locals(count=int, place=int, profile=int, left=int, each=int, hold=int, value=int)
cpdef int list_holds(Tables t, int[::1] profiles, int[::1] kinds, int[::1] who, int[::1] what, long long[::1] since) except -9
@cython.locals(event=int, ref=int)
cpdef int list_ends(int[::1] subject, int[::1] ref_of, int[::1] first, int[::1] last) except -9
@cython.locals(place=int, row=int)
cpdef int enter_values(Tables t, int[::1] kinds, list texts) except -9
@cython.locals(place=int)
cpdef int enter_profiles(Tables t, long long[::1] ats, long long[::1] numbers) except -9
@cython.locals(place=int, size=int, event=int)
cpdef int place_facts(long long[::1] numbers, long long[::1] ats, long long[::1] commands, long long[::1] times, int[::1] first) except -9
@cython.locals(event=int)
cpdef int set_latest(int[::1] ref_of, int[::1] subject, int[::1] latest) except -9
@cython.locals(count=int, place=int, first=int, second=int, pair=int)
cpdef int number_pairs(int[::1] firsts, int[::1] seconds, int[::1] last, int[::1] before, int[::1] pairs, int[::1] numbers) except -9
