# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes
from resolver.kernel.tables cimport Tables, holds, new_hold
from resolver.kernel.scratch cimport Scratch, add_cut, add_loose
from resolver.kernel.undo cimport log

cpdef int link(Tables t, Scratch s, int profile, int value, long long at, long long number) except -9
cpdef int follow(Tables t, Scratch s, int profile, int before, int hold) except -9
cpdef int unlink(Tables t, Scratch s, int profile, int value) except -9
cpdef int cut(Tables t, Scratch s, int profile, int before, int hold) except -9
cpdef int count(Tables t, int profile, int kind) except -9
cpdef int count_until(Tables t, int profile, int kind, long long at) except -9
cpdef bint is_counted(long long added_at, long long at, long long window) except -1
cpdef int count_within(Tables t, int profile, int kind, long long at, long long window) except -9
cpdef int outermost_within(Tables t, int profile, int kind, bint fifo, long long at, long long window) except -9
cpdef int outermost(Tables t, int profile, int kind, bint fifo) except -9
cpdef list values_of(Tables t, int profile, int kind)
cpdef bint is_before(Tables t, int one, int other) except -1
cpdef int unite(Tables t, Scratch s, int survivor, int absorbed) except -9
cpdef int chain(Tables t, Scratch s, int profile, int one, int two, int last_of_one, int last_of_two) except -9
cpdef int keep_earliest(Tables t, Scratch s, int profile) except -9
cpdef int own(Tables t, Scratch s, int value, int profile) except -9
cpdef int disown(Tables t, Scratch s, int value, int profile) except -9
cpdef bint hand_over(Tables t, Scratch s, int value, int absorbed, int survivor) except -1
cpdef int enter_similar(Tables t, Scratch s, int value) except -9
cpdef int leave_similar(Tables t, Scratch s, int value) except -9
