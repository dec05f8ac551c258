"""The keys of the object store that sealed recordings are copied to."""

from typing import Annotated

from sefaw_rtc.config.section import HIDDEN, Section
from sefaw_rtc.config.section import documented as _doc


class S3(Section, frozen=True):
    """An S3-compatible store to which sealed recordings are copied. Off without a bucket: the local disk is all."""

    bucket: Annotated[
        str, _doc("The bucket; it must exist. Empty = off: everything stays on the local disk.", max_length=63)
    ] = ""
    endpoint: Annotated[
        str,
        _doc(
            "The store's address, such as https://s3.hospital.example. Empty = Amazon's, by the region. http:// only "
            "on this machine, unless allow_http."
        ),
    ] = ""
    region: Annotated[str, _doc("Its region; most stores of one's own take any.", max_length=64)] = "us-east-1"
    prefix: Annotated[
        str,
        _doc(
            "Before every object's key, such as sefaw/: for a bucket that others use too. One server, one prefix.",
            max_length=200,
        ),
    ] = ""
    path_style: Annotated[
        bool,
        _doc("The bucket stands in the path, as most stores of one's own want it. False = in the host name."),
    ] = True
    allow_http: Annotated[
        bool,
        _doc("Plain HTTP to another machine. What is sent is encrypted already; who can listen sees names and sizes."),
    ] = False
    ca_file: Annotated[
        str, _doc("PEM file of the authority that its certificate comes from. Empty = the system's authorities.")
    ] = ""
    credentials_file: Annotated[
        str, _doc("File of the access key and the secret key, a line each, mode 0600. Empty = from the environment.")
    ] = ""
    access_key: Annotated[str, _doc("The access key itself. Environment only.", extra={HIDDEN: True})] = ""
    secret_key: Annotated[str, _doc("The secret key itself. Environment only.", extra={HIDDEN: True})] = ""
    timeout_s: Annotated[int, _doc("Seconds without an answer, or without the next piece of one.", ge=1, le=600)] = 30
    local_days: Annotated[
        int,
        _doc(
            "Days after the seal from which sound, pictures and packets need not lie on the local disk any more, once "
            "all of the recording was read back from the store. They are fetched when somebody needs them. 0 = they "
            "stay.",
            ge=0,
            le=36_500,
        ),
    ] = 0
    fetched_hours: Annotated[
        int,
        _doc("Hours after the last use that what was fetched stays on the local disk.", ge=1, le=8760),
    ] = 24
    fetched_bytes: Annotated[
        int,
        _doc(
            "How much of what was fetched lies on the local disk at most; what was not used for longest goes first. An "
            "hour of a call is some 2 GB.",
            ge=1_048_576,
        ),
    ] = 53_687_091_200
