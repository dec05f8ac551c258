//! `sefaw_rtc._media`: the media plane for Python. Thin: bytes in, bytes out; typed in `sefaw_rtc/_media.pyi`.

mod srtp;

use std::os::fd::AsRawFd;

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sefaw_core::Shard;
use sefaw_io::{Config, PlaneError};

/// The running plane: one thread per shard.
#[pyclass(frozen, module = "sefaw_rtc._media")]
struct Plane(sefaw_io::Plane);

#[pymethods]
impl Plane {
    #[new]
    fn new(py: Python<'_>, config: &[u8]) -> PyResult<Self> {
        // Resolving announced names may block.
        let start = || sefaw_io::Plane::start::<Shard>(&Config::from_json(config)?);
        py.detach(start).map(Self).map_err(to_python)
    }

    fn submit(&self, command: &[u8]) -> PyResult<()> {
        let command = serde_json::from_slice(command).map_err(|error| PyValueError::new_err(error.to_string()))?;
        self.0.submit(command).map_err(to_python)
    }

    fn poll<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let events = py.detach(|| self.0.poll().iter().map(serde_json::to_vec).collect::<Result<Vec<_>, _>>());
        let events = events.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        Ok(events.iter().map(|event| PyBytes::new(py, event)).collect())
    }

    fn fileno(&self) -> i32 {
        self.0.as_raw_fd()
    }

    fn addresses(&self) -> Vec<String> {
        self.0.addresses().iter().map(ToString::to_string).collect()
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}

/// The version of the binary, which is the package's.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn to_python(error: PlaneError) -> PyErr {
    let text = error.to_string();
    match error {
        PlaneError::Config(_) => PyValueError::new_err(text),
        PlaneError::Bind(_, cause) | PlaneError::Socket(cause) => {
            PyOSError::new_err((cause.raw_os_error().unwrap_or(0), text))
        }
        PlaneError::Core(_) | PlaneError::Busy | PlaneError::Closed => PyRuntimeError::new_err(text),
    }
}

#[pymodule(gil_used = false)]
fn _media(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Plane>()?;
    module.add_class::<srtp::SrtpSession>()?;
    module.add_function(wrap_pyfunction!(version, module)?)
}
