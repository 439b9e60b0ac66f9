"""The studio: a page on which events are typed or stepped through, settings changed, and both sides seen at once.

``Workbench`` is what is worked on, ``Viewer`` the pure way from it to what the page shows, ``create_studio`` the page
as an ASGI application, ``export`` the same page as one file.
"""

from resolver.studio.events import EventErrors, parse_events
from resolver.studio.view import Viewer
from resolver.studio.workbench import Scenario, Workbench

__all__ = ["EventErrors", "Scenario", "Viewer", "Workbench", "parse_events"]
