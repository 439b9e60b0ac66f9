# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes
from resolver.kernel.tables cimport Tables
from resolver.kernel.rules cimport Rules
from resolver.kernel.scratch cimport Scratch, make_room

cpdef int clear_choices(Tables t, Scratch s, Rules r) except -9
cpdef int make_room_for_types(Scratch s, int kinds) except -9
cpdef int add_choice(Scratch s, int value) except -9
cpdef int choose_given(Tables t, Scratch s, Rules r) except -9
cpdef int choose(Tables t, Scratch s, Rules r, int value) except -9
cpdef int choose_held(Tables t, Scratch s, Rules r, int profile, int kind) except -9
cpdef int widen(Tables t, Scratch s, Rules r, int kind) except -9
cpdef bint is_blocked(Tables t, Scratch s, Rules r, int value) except -1
cpdef bint blocks(Rules r, int kind, str text) except -1
cpdef str text_of(Tables t, Scratch s, int value)
