# The constants of codes.py as C integers, for a compiled build only; a test compares the two.

cdef enum:
    NOBODY = -1
    SHARED = -2
    CREATED = 0
    ADDED = 1
    REMOVED = 2
    REPLACED = 3
    EVICTED = 4
    MERGED = 5
    CONFLICT = 6
    FULL = 7
    IS_UNCHANGED = 0
    IS_UPDATED = 1
    IS_MERGED = 2
    IS_CREATED = 3
    COLLIDES = -3
    COLLISION_RULE = -1
    IDLE = 0
    CHANGING = 1
    RELEASING = 2
    OWNER = 0
    PARENT = 1
    HEAD = 2
    TAIL = 3
    SIZE = 4
    RING = 5
    NEXT = 6
    SHARER_IN = 7
    SHARER_OUT = 8
    SHARED_BY_TWO = 9
    ONE_LEFT = 10
    PAIR_IN = 11
    PAIR_OUT = 12
    FEW = 16
