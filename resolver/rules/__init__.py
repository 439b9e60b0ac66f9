"""The rules one by one: pure functions for research and reuse; the engine uses these very ones.

======================  ==========================================================  ==============
function                question it answers                                         contract
======================  ==========================================================  ==============
``normalize``           what is stored and compared for a raw value?                N1 to N7
``match_profiles``      which profiles do these identifiers belong to, and why?     R2, R6, R7, R8
``survivor``            which of several profiles lives on in a merge?              M1, M5
``split_at_limit``      which values stay when a list is longer than its limit?     L1
======================  ==========================================================  ==============
"""

from resolver.rules.matching import Matched, TableView, match_profiles
from resolver.rules.normalization import normalize
from resolver.rules.survival import split_at_limit, survivor

__all__ = ["Matched", "TableView", "match_profiles", "normalize", "split_at_limit", "survivor"]
