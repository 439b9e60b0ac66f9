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
    INVALID = 8
    DELETED = 13
    SETTINGS = 14
    NOT_READABLE = 9
    NOT_CONFIGURED = 10
    NOTHING_LEFT = 11
    NOTHING_FREE = 12
    IS_REJECTED = 4
    IS_DELETED = 5
    IS_SETTINGS = 6
