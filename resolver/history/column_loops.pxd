# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

cpdef int count_codes(int[::1] codes, int[::1] counts) except -1
cpdef int count_lists(int[::1] offsets, int[::1] counts) except -1
cpdef int place_codes(int[::1] codes, int base, long long[::1] places, int[::1] idents) except -1
cpdef int place_lists(int[::1] codes, int[::1] offsets, int base, long long[::1] places, int[::1] idents) except -1
cpdef int renumber(int[::1] idents, int[::1] numbers) except -1
cpdef int add_to_all(long long[::1] column, long long number) except -1
cpdef int add_up(int[::1] counts, long long[::1] offsets) except -1
@cython.locals(place=Py_ssize_t)
cpdef Py_ssize_t stretch_end(int[::1] column, Py_ssize_t start) except -1
@cython.locals(count=int)
cpdef int count_of(int[::1] column, int number) except -1
cpdef int count_up(long long[::1] column, long long number) except -1
@cython.locals(kind=int, text=str, first=Py_UCS4)
cpdef int kind_of_texts(list cells) except -1
@cython.locals(base="long long", start="long long", end="long long", bit="long long", is_ascii=bint)
cpdef int find_texts(bytes letters, long long[::1] ends, bytes valid, long long first, int[::1] codes) except -1
@cython.locals(texts=list, base="long long", start="long long", end="long long", is_ascii=bint)
cpdef list texts_between(bytes letters, long long[::1] ends, int[::1] codes)
@cython.locals(count=int, place=Py_ssize_t)
cpdef int count_ends(bytes block) except -1
@cython.locals(size=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t, after=Py_ssize_t, last=Py_ssize_t, count=int)
cpdef int count_objects(bytes block) except -9
@cython.locals(total="long long", most=int)
cpdef tuple total_and_most(int[::1] column)
cpdef object tallied(column)
cpdef int tally(const signed char[::1] column, long long[::1] counts) except -1
@cython.locals(late="long long", at="long long")
cpdef tuple count_late(long long[::1] ats, long long latest, long long no_time)
