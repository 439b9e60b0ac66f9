# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.columns cimport marks
from resolver.columns.side_by_side cimport RunColumns
from resolver.kernel cimport codes, rows
from resolver.kernel.tables cimport Tables

cdef class Presented:
    cdef public int[::1] starts, offsets, values
    cdef public long long[::1] lines

@cython.locals(event=int, value=int, number=int, has_room=bint, count=int)
cpdef int offer(RunColumns run, int[::1] events, long long[::1] offsets, int[::1] idents, int[::1] value_of, dict others, int[::1] ends, int[::1] values) except -9
@cython.locals(numbers=dict, firsts=list, links=list, here=dict, lines=list, runs=list, run=Presented, ref=int, event=int, each=int, place=int, bit=int)
cpdef tuple presented_by(int[::1] refs, Presented one, Presented other)
@cython.locals(numbers=dict, places=list, others=list, profile=int)
cpdef tuple profiles_of(int[::1] refs, int[::1] end, int[::1] sizes)
@cython.locals(found=set, place=int)
cpdef list chained(int[::1] refs, int[::1] last, int[::1] before, int[::1] records)
@cython.locals(number=int, value=int, found=list)
cpdef list identifiers_of(Tables t, list names, list numbers, list others)
@cython.locals(hold=int, profile=int)
cpdef int note_holders(Tables t, RunColumns run, list profiles, dict places, list holders) except -9
cpdef int number_losses(RunColumns run, int[::1] losses, dict texts, int[::1] numbers) except -9
cpdef int chain_by(int[::1] keys, int[::1] last, int[::1] before) except -9
cpdef int set_creators(RunColumns run, int[::1] speaker, int[::1] creator) except -9
cpdef int creators_of(RunColumns run, int[::1] merges, int[::1] creator, signed char[::1] changed, int[::1] records) except -9
cpdef int count_ends(int[::1] end, int[::1] sizes) except -9
cpdef int keep_wanted(int[::1] refs, signed char[::1] wanted) except -9
