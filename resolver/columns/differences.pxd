# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.columns cimport marks
from resolver.columns.side_by_side cimport Cells, RunColumns, cell_key, end_of, has_same_effects
from resolver.kernel cimport codes

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
