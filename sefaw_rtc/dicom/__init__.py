"""Pictures of the clinic: DICOM in (files, STOW-RS, C-STORE), kept or fetched, and out again (DICOMweb, frames)."""
