# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.columns cimport marks
from resolver.kernel cimport codes, rows
from resolver.kernel.matching cimport match
from resolver.kernel.resolve cimport arrange, give, resolve, would_hold_something
from resolver.kernel.rules cimport Rules
from resolver.kernel.scratch cimport Scratch, add_fact, add_given
from resolver.kernel.tables cimport Tables, holders, root
from resolver.kernel.undo cimport advance, begin, finish
from resolver.profiles cimport id_of

cdef class Events:
    cdef public long long[::1] numbers, ats, times, given_in, offsets
    cdef public signed char[::1] hidden, op, status
    cdef public int[::1] ref_of, idents, value_of, latest, first, subject
    cdef public bint drops, hides
    cdef public long long ahead, base, stamp

cpdef int execute(Tables t, Scratch s, Rules r, Events h, int start, int end) except -9
@cython.locals(seen="long long", place="long long", value=int, owner=int)
cpdef long long look_ahead(Tables t, Events h, long long start, long long end) except? -9
cpdef int note(Scratch s, Events h, int e, int profile) except -9
cpdef int read(Tables t, Scratch s, Rules r, Events h, int e) except -9
cpdef int why_refused(int value) except -9
cpdef int refuse(Scratch s, Events h, int e, int why, int who, int what) except -9
cpdef int carry_out(Tables t, Scratch s, Rules r, Events h, int e, long long at) except -9
cpdef int follow_refs(Tables t, int[::1] subject, int[::1] ref_of, int[::1] first, int[::1] several, int[::1] order) except -9
cpdef int follow_latest(Tables t, int[::1] order, int[::1] latest, int[::1] ends) except -9
@cython.locals(ids=list, found=list, place="long long", row=int)
cpdef list ids_at_end(Tables t, int[::1] order, int[::1] ends, int[::1] living)
@cython.locals(profile=int, count=int)
cpdef int sizes_of_living(Tables t, int[::1] sizes) except -9
