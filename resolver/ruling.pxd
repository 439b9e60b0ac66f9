# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel.rules cimport Rules
from resolver.kernel.text_table cimport TextTable
from resolver.rules.blocking cimport Blocking

cdef class IdTypeTable:
    cdef public str id_type
    cdef public int number
    cdef public TextTable rows
    cdef public Blocking blocking
    cdef public object normalize
    cdef public bint is_clear

cdef class Ruling:
    cdef public object _rulebook_for, book
    cdef public list compounds, names, rule_texts
    cdef public dict numbers, similarity, types
    cdef public bint normal, settled
    cdef public Rules rules
