"""Projects: a file's columns are looked at, a ``resolver.toml`` is proposed, and every command can take it.

The way: sample -> columns -> proposal -> ``resolver.toml`` -> project -> the options of a command.
"""

from resolver.project.project_file import PROJECT_FILE, Project, ProjectError, read_project
from resolver.project.proposal import Proposal, proposal_for
from resolver.project.sample import sample_of
from resolver.project.writing import toml_of

__all__ = [
    "PROJECT_FILE",
    "Project",
    "ProjectError",
    "Proposal",
    "proposal_for",
    "read_project",
    "sample_of",
    "toml_of",
]
