"""Pictures and voice messages of the chat: what a file is (parsed in bounds, never decoded), and where it is kept."""

from sefaw_rtc.attachments.recognise import EXTENSIONS, NotRecognised, recognise
from sefaw_rtc.attachments.shelf import Bounds, Found, Shelf, Upload

__all__ = ["EXTENSIONS", "Bounds", "Found", "NotRecognised", "Shelf", "Upload", "recognise"]
