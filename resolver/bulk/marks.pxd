# The constants of marks.py as C integers, for a compiled build only; a test compares the two.

cdef extern from "limits.h":
    const long long NOW "LLONG_MIN"

cdef enum:
    UNREADABLE = -1
    UNKNOWN = -2
    NOTHING = -3
    INVALID = 8
    NOT_READABLE = 9
    NOT_CONFIGURED = 10
    NOTHING_LEFT = 11
    NOTHING_FREE = 12
    IS_REJECTED = 4
