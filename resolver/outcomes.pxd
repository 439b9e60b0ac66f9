# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes
from resolver.kernel.tables cimport Tables
from resolver.kernel.scratch cimport Scratch
from resolver.profiles cimport id_of
from resolver.ruling cimport Ruling

cpdef tuple facts_of(Tables t, Scratch s, Ruling ruling, object number, object at, int profile, str profile_id)
cpdef object fact_of(Tables t, Scratch s, Ruling ruling, object number, object at, int profile, str profile_id, int place)
cpdef object rarer_fact(Tables t, Scratch s, Ruling ruling, object number, object at, int kind, str subject, int what)
