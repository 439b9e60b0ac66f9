"""Identity graphs of a run, for networkx and the tools that read its formats.

networkx is loaded when a graph is asked for, not before.
"""

from resolver.graph.build import SUFFIXES, identity_graph, write_graph

__all__ = ["SUFFIXES", "identity_graph", "write_graph"]
