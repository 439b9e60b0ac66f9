# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.columns cimport marks
cimport cython

from resolver.kernel cimport codes, rows
from resolver.kernel.scratch cimport Scratch
from resolver.kernel.tables cimport Tables
from resolver.outcomes cimport fact_of
from resolver.ruling cimport Ruling

@cython.locals(facts=list, ruling=Ruling)
cpdef tuple facts_between(Tables t, Scratch s, object columns, object number, object at, int start, int end)
cpdef int set_tops(Tables t, int[::1] top) except -9
cpdef int note_texts(signed char[::1] fact, int[::1] what, int kind, int end, signed char[::1] noted) except -9
cpdef int count_types(signed char[::1] fact, int[::1] what, int kind, int end, int[::1] type_of, int[::1] counts, int[::1] firsts) except -9
@cython.locals(mark=int)
cpdef int note_facts(signed char[::1] kinds, signed char[::1] fact, int[::1] who, int[::1] top, signed char[::1] wanted, int end, int[::1] places) except -9
cpdef int list_by_ref(int[::1] ref_of, signed char[::1] status, int[::1] starts, int[::1] events) except -9
