# The types of rows.py as functions that cost nothing, for a compiled build only.

cdef inline int ValueRow(long long number) noexcept: return <int> number
cdef inline int ProfileRow(long long number) noexcept: return <int> number
cdef inline int HoldRow(long long number) noexcept: return <int> number
cdef inline int TypeNumber(long long number) noexcept: return <int> number
cdef inline long long CommandNumber(long long number) noexcept: return number
cdef inline long long Moment(long long number) noexcept: return number
