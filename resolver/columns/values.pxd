# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes, rows
from resolver.kernel.tables cimport Tables
from resolver.kernel.text_table cimport TextTable

@cython.locals(place=int, value=int, kind=int, found=int, text=str, table=TextTable)
cpdef int find_values(Tables t, Tables there, int[::1] kinds, int[::1] known) except -9
