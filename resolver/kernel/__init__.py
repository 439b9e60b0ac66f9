"""The kernel: one store as columns of integers, and every rule of the contract written once (R, A, L, M).

Nothing here knows a text's meaning, a fact object or a profile id: the engine turns texts into rows and rows into
outcomes. The modules may be compiled with Cython; the ``.pxd`` beside each names its C types.
"""
