# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.columns cimport marks
from resolver.columns.cells cimport Cells, cell_key
from resolver.kernel cimport codes

cdef class RunColumns:
    cdef public long long[::1] numbers, born
    cdef public int[::1] ref_of, subject, first, who, what, extra, top, known
    cdef public signed char[::1] status, fact
    cdef public int[::1] end, order
    cdef public object find

    cpdef int shared(self, int value) except -9

cdef class Places:
    cdef public int[::1] place, next_member, previous, place_of, head, size, waiting, at_end, next_at_end

    cpdef int list_ends(self, RunColumns run, int[::1] refs) except -9

cdef class Groups:
    cdef public int joined, open, n_noted, n_dirty
    cdef public int[::1] starts, members, member_of, refs, joined_of, split_of, unseen, first, parting, noted, dirty
    cdef public int[::1] alone, cells
    cdef public signed char[::1] state, is_dirty
    cdef public Cells in_one, in_other, in_pairs

    cpdef int number_members(self) except -9
    cpdef int list_groups(self) except -9
    cpdef int note(self, int group) except -9
    cpdef int note_member(self, int member) except -9

cpdef int find_differences(RunColumns one, RunColumns other, Places p, Places q, Groups g) except -9
cpdef int read_command(RunColumns one, RunColumns other, Places p, Places q, Groups g, int left, int right) except -9
cpdef long long end_of(RunColumns run, int e) except -9
cpdef bint has_same_effects(RunColumns one, int e, RunColumns other, int f) except -1
cpdef bint has_same_facts(RunColumns one, int e, RunColumns other, int f) except -1
cpdef bint has_effects_of(RunColumns one, int e, RunColumns other, int f) except -1
cpdef bint has_effect(RunColumns one, int mine, RunColumns other, int f) except -1
cpdef int effect_of(RunColumns run, int place) except -9
cpdef bint is_same_effect(RunColumns one, int mine, RunColumns other, int place) except -1
cpdef bint has_same_absorbed(RunColumns one, int mine, RunColumns other, int place) except -1
cpdef int note_touched(RunColumns run, Places p, Groups g, int e) except -9
cpdef int note_profile(RunColumns run, Places p, Groups g, int profile) except -9
cpdef int follow(RunColumns run, Places p, Places q, Groups g, int e, int member, bint is_one) except -9
cpdef int merge(RunColumns run, Places p, Places q, Groups g, Places mine, int fact) except -9
cpdef int empty(Places p, Places q, Groups g, Places mine, int profile) except -9
cpdef int move_all(Places p, Places q, Groups g, Places mine, int place, int to) except -9
cpdef int move(Places p, Places q, Groups g, Places mine, int member, int to) except -9
cpdef int leave(Groups g, Places mine, int member) except -9
cpdef int enter(Groups g, Places mine, int member, int to) except -9
cpdef int begin_to_count(Places p, Places q, Groups g, int group) except -9
cpdef int count(Places p, Places q, Groups g, int member, int change) except -9
cpdef int count_in(Places p, Places q, Groups g, int member, int group, int change) except -9
cpdef bint is_alike(Groups g, int group) except -1
