# Types for a compiled build only; the Python beside this file is complete without it.

cpdef tuple grown(tuple record, object id_type, object at, object number, object value)
cpdef tuple merged(tuple survivor, list absorbed, bint is_shared)
