"""`sefaw-probe`: the program on the small box beside the ultrasound machine. It publishes one picture, for ever."""

from sefaw_rtc.edge.probe.program import main

__all__ = ["main"]
