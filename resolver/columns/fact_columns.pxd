# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.columns cimport marks
from resolver.kernel cimport codes, rows
from resolver.kernel.tables cimport Tables

cpdef int set_tops(Tables t, int[::1] top) except -9
cpdef int note_facts(signed char[::1] fact, int[::1] who, int[::1] top, signed char[::1] wanted, int end, int[::1] places) except -9
