# Types for a compiled build only; the Python beside this file is complete without it.

cimport cython

from resolver.kernel cimport codes, rows
from resolver.kernel.text_table cimport TextTable

cdef class Refs:
    cdef object _lines, _ref_of, _by_line, _starts
    cdef bytearray _texts
    cdef TextTable _written
    cdef list _new, _no_texts
    cdef long long[::1] _marks

    @cython.locals(start="long long", written="long long")
    cpdef object name(self, long long number)
    cpdef list names(self, numbers)
    cpdef tuple since(self, long long first)
    @cython.locals(number="long long")
    cpdef long long number(self, str ref) except -9
    @cython.locals(start="long long", end="long long", size="long long", place="long long")
    cpdef object add_all(self, list refs, long long[::1] lines, int[::1] numbers)
    @cython.locals(number="long long")
    cpdef long long take(self, str ref) except -9
    @cython.locals(texts=list, starts="long long[::1]", is_ascii=bint, end="long long", place="long long")
    cdef object _write(self)
    @cython.locals(size="long long", base="long long", place="long long", starts="long long[::1]")
    cdef object _add_lines(self, long long[::1] lines, int[::1] numbers)
    cpdef object put_away(self, files)
    cpdef object add_block(self, long long first, given, texts)
    @cython.locals(number="long long", known="long long")
    cpdef long long _number_of_line(self, long long line) except -9
    cpdef long long _of_line(self, str ref) except -9
    @cython.locals(table=TextTable, mark="long long", last="long long", place="long long", number="long long")
    cpdef long long _find(self, str ref) except -9
