# Types for a compiled build only; the Python beside this file is complete without it.

from resolver.everyday cimport resolve_everyday
from resolver.state.store cimport State
