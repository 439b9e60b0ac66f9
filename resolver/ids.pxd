# Types for a compiled build only; the Python beside this file is complete without it.

cpdef object numbered_id(object number, object tries=*)
cpdef object free_id(object number, object is_used)
