# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.scratch cimport Scratch, make_room
from resolver.kernel.tables cimport Tables, enter_value
from resolver.kernel.text_table cimport TextTable

cpdef int begin(Tables t, Scratch s) except -9
cpdef int log(Scratch s, int column, long long row, long long old) except -9
cpdef int log_pair(Scratch s, long long table, long long key, int profile, bint is_entered) except -9
@cython.locals(table=TextTable)
cpdef int take_back(Tables t, Scratch s) except -9
cpdef int restore(Tables t, int column, long long row, long long old) except -9
cpdef int finish(Tables t, Scratch s, long long number, long long at) except -9
cpdef int advance(Tables t, Scratch s, long long number, long long at) except -9
cpdef int prepare_release(Tables t, Scratch s) except -9
@cython.locals(table=TextTable)
cpdef int release(Tables t, Scratch s) except -9
