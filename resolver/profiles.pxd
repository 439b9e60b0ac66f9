# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.ids cimport id_of_number
from resolver.kernel cimport codes
from resolver.kernel.tables cimport Tables, earliest_first

cpdef str id_of(Tables t, int profile)
cpdef tuple ids_of(Tables t, list profiles)
cpdef int row_of(Tables t, str profile_id) except -9
cpdef int row_created_by(Tables t, long long number) except -9
cpdef long long birth_of(Tables t, str profile_id) except -9
