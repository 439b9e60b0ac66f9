# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.columns cimport marks
from resolver.kernel cimport codes, rows
from resolver.kernel.edit cimport add_again, delete, merge_again
from resolver.kernel.resolve cimport lose
from resolver.kernel.scratch cimport Scratch
from resolver.kernel.tables cimport Tables
from resolver.kernel.undo cimport begin, finish

@cython.locals(profiles=int)
cpdef int know_rows(Tables t, Tables there) except -9
cpdef int fold_facts(Tables t, Scratch s, Scratch facts, int[::1] first, long long[::1] numbers, long long[::1] times, int[::1] top, signed char[::1] wanted, int start, int end) except -9
cpdef int fold_fact(Tables t, Scratch s, Scratch facts, int place, long long number, long long at) except -9
