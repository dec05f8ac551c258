"""The keys of what is kept of consultations."""

from typing import Annotated

from sefaw_rtc.config.section import HIDDEN, Section
from sefaw_rtc.config.section import documented as _doc


class Archive(Section, frozen=True):
    """What is kept of consultations is sealed: each has a key of its own, and the site key seals those."""

    site_key_file: Annotated[
        str,
        _doc(
            "The site key, mode 0600: 32 bytes in base64. Best on another disk than the data: whoever copies one then "
            "has nothing. It is in no backup: keep a copy of it apart. Empty = `keys/site.key` in the data directory, "
            "made at the first start."
        ),
    ] = ""
    site_key: Annotated[str, _doc("That key itself, base64. Environment only.", extra={HIDDEN: True})] = ""
    pkcs11_library: Annotated[
        str,
        _doc(
            "The maker's PKCS#11 library, such as /usr/lib/softhsm/libsofthsm2.so: the site key is an AES key that "
            "never leaves its token, made there at the first start. Needs `pip install 'sefaw-rtc[pkcs11]'`. Empty = "
            "a file."
        ),
    ] = ""
    pkcs11_token: Annotated[str, _doc("The label of the token in which it lies.")] = "sefaw"  # noqa: S105 - no password
    pkcs11_key: Annotated[str, _doc("The label of the key in that token.")] = "sefaw site key"
    pkcs11_pin_file: Annotated[str, _doc("The user PIN, in a file of mode 0600.")] = ""
    pkcs11_pin: Annotated[str, _doc("That PIN itself. Environment only.", extra={HIDDEN: True})] = ""
