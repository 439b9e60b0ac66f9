# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.kernel cimport codes
from resolver.kernel.profile_lists cimport outermost, unlink
from resolver.kernel.resolve cimport attach, lose, trim
from resolver.kernel.rules cimport Rules
from resolver.kernel.tables cimport Tables, holds
from resolver.kernel.scratch cimport Scratch
from resolver.kernel.undo cimport log

cpdef int replace(Tables t, Scratch s, Rules r, int profile, int old, int new, long long at, long long number) except -9
cpdef int remove(Tables t, Scratch s, Rules r, int profile, int kind, int value, bint everything, long long at) except -9
cpdef int delete(Tables t, Scratch s, int profile) except -9
cpdef list aliases(Tables t, int profile)
