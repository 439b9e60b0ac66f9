# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport rows
from resolver.kernel.tables cimport Tables

@cython.locals(place=int, each=int)
cpdef int repeat_each(long long[::1] column, int[::1] first, int start, long long[::1] out) except -9
@cython.locals(count=int, each=int, place="long long", value=int)
cpdef int keep_once(int[::1] values, long long[::1] offsets, int[::1] seen, int[::1] once, int[::1] ends) except -9
@cython.locals(count=int, place=int, profile=int, left=int, each=int, hold=int, value=int)
cpdef int list_holds(Tables t, int[::1] profiles, int[::1] kinds, int[::1] who, int[::1] what, long long[::1] since) except -9
@cython.locals(event=int, ref=int)
cpdef int list_ends(int[::1] subject, int[::1] ref_of, int[::1] first, int[::1] last) except -9
