//! SRTP as an object of its own, so that tests can hold it against libsrtp (`tests/media`). Not used by the server.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sefaw_core::srtp::{self, Profile, SrtpError};

/// One SRTP session with one master key for both directions.
#[pyclass(module = "sefaw_rtc._media")]
pub struct SrtpSession(srtp::SrtpSession);

#[pymethods]
impl SrtpSession {
    #[new]
    fn new(profile: &str, key_and_salt: &[u8]) -> PyResult<Self> {
        let profile = Profile::from_name(profile).ok_or_else(|| PyValueError::new_err("no such profile"))?;
        srtp::SrtpSession::new(profile, key_and_salt).map(Self).map_err(to_python)
    }

    fn protect<'py>(&self, py: Python<'py>, packet: &[u8], index: u64) -> PyResult<Bound<'py, PyBytes>> {
        bytes(py, self.0.protect(packet, index))
    }

    fn unprotect<'py>(&mut self, py: Python<'py>, packet: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        bytes(py, self.0.unprotect(packet))
    }

    fn protect_rtcp<'py>(&mut self, py: Python<'py>, packet: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        bytes(py, self.0.protect_rtcp(packet))
    }

    fn unprotect_rtcp<'py>(&mut self, py: Python<'py>, packet: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        bytes(py, self.0.unprotect_rtcp(packet))
    }
}

fn bytes(py: Python<'_>, result: Result<Vec<u8>, SrtpError>) -> PyResult<Bound<'_, PyBytes>> {
    result.map(|packet| PyBytes::new(py, &packet)).map_err(to_python)
}

fn to_python(error: SrtpError) -> PyErr {
    PyValueError::new_err(format!("{}: {error}", error.name()))
}
