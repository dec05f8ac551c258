"""The keys of the hospital's PACS."""

from typing import Annotated

from msgspec import Meta

from sefaw_rtc.config.section import HIDDEN, Section
from sefaw_rtc.config.section import documented as _doc


class Pacs(Section, frozen=True):
    """A DICOMweb server of the hospital, whose studies its people may show in a call. Off without an address."""

    url: Annotated[
        str, _doc("Root of its DICOMweb service, such as https://pacs.example.org/dicom-web. Empty = there is none.")
    ] = ""
    institution: Annotated[
        str,
        _doc("Whose it is: the institution's name as the administration page shows it. Nobody else searches in it."),
    ] = ""
    user: Annotated[str, _doc("User name for HTTP Basic, if it asks for one.")] = ""
    password_file: Annotated[str, _doc("File of the password, mode 0600.")] = ""
    password: Annotated[str, Meta(description="The password itself. Environment only.", extra={HIDDEN: True})] = ""
    ca_file: Annotated[
        str, _doc("PEM file of the authority that its certificate comes from. Empty = the system's authorities.")
    ] = ""
    timeout_s: Annotated[
        int,
        _doc(
            "Seconds that it may take to begin an answer, and between two pieces of one: archives on tape are slow.",
            ge=1,
            le=600,
        ),
    ] = 20
    at_once: Annotated[
        int, _doc("Requests to it at the same moment: more makes most of them slower for everybody.", ge=1, le=64)
    ] = 8
