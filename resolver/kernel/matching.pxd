# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes
from resolver.kernel.compounds cimport shared_values, sharers, text_of
from resolver.kernel.rules cimport Rules
from resolver.kernel.tables cimport Tables, earliest_first, holders
from resolver.kernel.undo cimport Scratch, add_evidence, add_found

cpdef int match(Tables t, Scratch s, Rules r) except -9
cpdef bint is_found(Scratch s, int profile) except -1
cpdef int match_by_rules(Tables t, Scratch s, Rules r) except -9
cpdef bint has_all(dict given, tuple types) except -1
cpdef list holders_alike(Tables t, int kind, str text)
cpdef list found_by(Tables t, Scratch s, Rules r, int rule, dict given)
cpdef int note_found(Tables t, Scratch s, Rules r, dict given, list finds) except -9
cpdef int match_stored(Tables t, Scratch s, Rules r, int profile, int inserted) except -9
