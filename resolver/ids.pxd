# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver cimport names

cdef list _HEADS
cdef list PAIRS

@cython.locals(rest="long long", head=str)
cpdef str id_of_number(long long number)
cdef str _new_head(long long rest)
cdef str _digits(object rest)
cpdef object numbered_id(object number, object tries=*)
cpdef object number_of(object profile_id)
