# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.columns cimport marks
from resolver.kernel cimport codes, rows
from resolver.kernel.tables cimport Tables

cpdef int set_tops(Tables t, int[::1] top) except -9
cpdef int note_facts(signed char[::1] fact, int[::1] who, int[::1] top, signed char[::1] wanted, int end, int[::1] places) except -9
cpdef int note_texts(signed char[::1] fact, int[::1] what, int kind, int end, signed char[::1] noted) except -9
cpdef int count_types(signed char[::1] fact, int[::1] what, int kind, int end, int[::1] type_of, int[::1] counts, int[::1] firsts) except -9
cpdef int note_kinds(signed char[::1] kinds, signed char[::1] fact, int[::1] who, int[::1] top, signed char[::1] wanted, int end, int[::1] places) except -9
cpdef int list_by_ref(int[::1] ref_of, signed char[::1] status, int[::1] starts, int[::1] events) except -9
