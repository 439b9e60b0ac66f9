# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.tables cimport Tables
from resolver.kernel.scratch cimport Scratch
from resolver.profiles cimport id_of
from resolver.ruling cimport Ruling

cpdef tuple facts_of(Tables t, Scratch s, Ruling ruling, object number, object at, int profile, str profile_id)
cpdef object fact_of(Tables t, Scratch s, Ruling ruling, object number, object at, int profile, str profile_id, int place)
@cython.locals(value=int, type_number=int, owner=int)
cpdef object rarer_fact(Tables t, Scratch s, Ruling ruling, object number, object at, int kind, object subject, int what)
cpdef tuple absorbed_in(Tables t, Scratch s, int what)
cpdef str rule_of(Scratch s, Ruling ruling, int what)
cpdef tuple identifiers_of(Tables t, Scratch s, Ruling ruling, int what)
cpdef tuple identifier(Tables t, Ruling ruling, int value)

cdef class OutcomeColumns:
    cdef public int count
    cdef Tables _tables
    cdef list _id_types, _rest
    cdef dict _other_facts
    cdef long long[::1] _number, _at
    cdef signed char[::1] _status, _fact
    cdef int[::1] _subject, _first, _who
    cdef int _n_facts

    @cython.locals(place=int, end=int, each=int, kind=int, what=int, names=list, id_types=list, rest=list)
    cpdef int add(self, Scratch s, Ruling ruling, long long number, long long at, int profile, tuple others) except -9
    cdef object _longer(self)
    cdef object _make_room(self, int facts)
    cpdef object drop_undone(self)
    @cython.locals(place=int, profile=int)
    cpdef list outcomes(self, int first, int last)
    @cython.locals(number=object, at=object, start=int, end=int, each=int)
    cdef tuple _facts(self, int place, int profile, object profile_id)
    @cython.locals(kind=int, row=int)
    cdef object _fact_at(self, int place, object number, object at, int profile, object profile_id)
