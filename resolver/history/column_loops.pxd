# Types for a compiled build only; the Python beside this file is complete without it.

cpdef int count_codes(int[::1] codes, int[::1] counts) except -1
cpdef int count_lists(int[::1] offsets, int[::1] counts) except -1
cpdef int place_codes(int[::1] codes, int base, long long[::1] places, int[::1] idents) except -1
cpdef int place_lists(int[::1] codes, int[::1] offsets, int base, long long[::1] places, int[::1] idents) except -1
cpdef int renumber(int[::1] idents, int[::1] numbers) except -1
cpdef int add_to_all(long long[::1] column, long long number) except -1
cpdef int count_late(long long[::1] ats, long long latest, long long no_time) except -1
