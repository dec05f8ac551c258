"""Pictures of the clinic: DICOM in (files, STOW-RS, C-STORE), kept or fetched, and out again (DICOMweb, frames)."""

import logging
import warnings

from pydicom import config

# Both libraries say what they dislike in the values themselves: names and identifiers would come into the log.
for _library in ("pydicom", "pynetdicom"):
    logging.getLogger(_library).setLevel(logging.CRITICAL + 1)
# What is read is judged by `elements.py` and `examine.py`; the libraries' own opinion would go to standard error.
warnings.filterwarnings("ignore", module="pydicom")
config.settings.reading_validation_mode = config.IGNORE
