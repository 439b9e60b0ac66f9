# The constants of marks.py as C integers, for a compiled build only; a test compares the two.

cdef extern from "limits.h":
    const long long NOW "LLONG_MIN"

cdef enum:
    RESOLVE = 0
    OTHER = 1
    UNREADABLE = -1
    UNKNOWN = -2
    NOTHING = -3
    UNASKED = -4
    LEFT = -5
    BLOCKED = -6
    BLOCKS = -7
    READ = -8
    INVALID = 10
    DELETED = 17
    SETTINGS = 18
    SUPPRESSED = 19
    UNSUPPRESSED = 20
    NOT_READABLE = 11
    NOT_CONFIGURED = 12
    NOTHING_LEFT = 13
    NOTHING_FREE = 14
    NOT_ALLOWED = 15
    LEFT_OUT = 16
    IS_REJECTED = 4
    IS_DELETED = 5
    IS_SETTINGS = 6
    ABOUT = 1
    ALWAYS = 2
    UNSEEN = 0
    NOTED = 1
    FOLLOWED = 2
    PARTED = 3
