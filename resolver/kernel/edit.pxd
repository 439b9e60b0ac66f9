# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes
from resolver.kernel.compounds cimport enter_pairs, enter_profile, leave_profile
from resolver.kernel.profile_lists cimport link, outermost, unlink
from resolver.kernel.resolve cimport absorb, attach, lose, trim
from resolver.kernel.rules cimport Rules
from resolver.kernel.tables cimport Tables, holds
from resolver.kernel.scratch cimport Scratch
from resolver.kernel.undo cimport log

cpdef int replace(Tables t, Scratch s, Rules r, int profile, int old, int new, long long at, long long number) except -9
cpdef int remove(Tables t, Scratch s, Rules r, int profile, int kind, int value, bint everything, long long at) except -9
cpdef int delete(Tables t, Scratch s, int profile) except -9
cpdef list aliases(Tables t, int profile)
cpdef int add_again(Tables t, Scratch s, int profile, int value, long long at, long long number) except -9
@cython.locals(profile=int)
cpdef int merge_again(Tables t, Scratch s, int survivor, list absorbed) except -9
