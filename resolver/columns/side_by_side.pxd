# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.columns cimport marks
from resolver.kernel cimport codes, rows
from resolver.kernel.pair_table cimport spread
from resolver.kernel.tables cimport Tables
from resolver.kernel.text_table cimport TextTable

cdef class RunColumns:
    cdef public long long[::1] numbers, born
    cdef public int[::1] ref_of, subject, first, who, what, extra, top, known
    cdef public signed char[::1] status, fact
    cdef public int[::1] end, order
    cdef public object find

    cpdef int shared(self, int value) except -9

cpdef long long end_of(RunColumns run, int e) except -9
cpdef bint has_same_effects(RunColumns one, int e, RunColumns other, int f) except -1
cpdef bint has_same_facts(RunColumns one, int e, RunColumns other, int f) except -1
cpdef bint has_effects_of(RunColumns one, int e, RunColumns other, int f) except -1
cpdef bint has_effect(RunColumns one, int mine, RunColumns other, int f) except -1
cpdef int effect_of(RunColumns run, int place) except -9
cpdef bint is_same_effect(RunColumns one, int mine, RunColumns other, int place) except -1
cpdef bint has_same_absorbed(RunColumns one, int mine, RunColumns other, int place) except -1
@cython.locals(place=int, value=int, kind=int, found=int, text=str, table=TextTable)
cpdef int find_values(Tables t, Tables there, int[::1] kinds, int[::1] known) except -9

cpdef int number_regrouped(int[::1] before, int[::1] after, int[::1] order, int[::1] number, int[::1] first) except -9
cpdef int count_regrouped(int[::1] before, int[::1] after, int[::1] order, int[::1] number, int[::1] ends) except -9
cpdef int place_regrouped(int[::1] before, int[::1] after, int[::1] order, int[::1] number, int[::1] ends, int[::1] refs) except -9
cpdef int part_regrouped(int[::1] before, int[::1] ends, int[::1] refs, int[::1] part_of, int[::1] by_part, int[::1] parts, int[::1] starts) except -9
cpdef int count_in_either(int[::1] these, int[::1] those) except -9
cpdef int place_only_in(int[::1] order, int[::1] these, int[::1] those, int[::1] refs) except -9

cpdef long long cell_key(long long one, long long other) except -9

cdef class Cells:
    cdef public long long[::1] slots
    cdef public int[::1] counts
    cdef public long long used
    cdef public int appeared

    cpdef long long count(self, long long key, int change) except -9
    cpdef int make_room(self) except -9
    cpdef int enter_all(self, long long[::1] old, long long[::1] new) except -9
