"""Live mode as an object: started, watched, changed and stopped while frames flow."""

from vcam.session.live import LiveSession
from vcam.session.parts import Fallback, LiveStages, Output, SessionParts, SourcePlan
from vcam.session.status import Activity, EventKind, SessionEvent, SessionStatus

__all__ = [
    "Activity",
    "EventKind",
    "Fallback",
    "LiveSession",
    "LiveStages",
    "Output",
    "SessionEvent",
    "SessionParts",
    "SessionStatus",
    "SourcePlan",
]
