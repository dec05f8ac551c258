//! Replay windows by SSRC, bounded. A peer has a handful of SSRCs: a scan over a plain array beats hashing.

use super::SrtpError;
use super::window::Window;

pub(super) struct Streams {
    ssrcs: Vec<u32>,
    windows: Vec<Window>,
    max: usize,
}

/// Where an authenticated packet's index is to be noted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Known(usize),
    New,
}

impl Streams {
    pub fn new(max: usize) -> Streams {
        Streams { ssrcs: Vec::new(), windows: Vec::new(), max }
    }

    /// The highest index of an SSRC, if it is known.
    #[inline]
    pub fn highest(&self, ssrc: u32) -> Option<u64> {
        self.position(ssrc).map(|at| self.windows[at].highest())
    }

    /// Before authentication: may this index be accepted at all? Changes nothing.
    #[inline]
    pub fn check(&self, ssrc: u32, index: u64) -> Result<Place, SrtpError> {
        match self.position(ssrc) {
            Some(at) if self.windows[at].check(index) => Ok(Place::Known(at)),
            Some(_) => Err(SrtpError::Replayed),
            None if self.ssrcs.len() < self.max => Ok(Place::New),
            None => Err(SrtpError::TooManySsrcs),
        }
    }

    /// After authentication.
    #[inline]
    pub fn accept(&mut self, place: Place, ssrc: u32, index: u64) {
        match place {
            Place::Known(at) => self.windows[at].accept(index),
            Place::New => {
                self.ssrcs.push(ssrc);
                self.windows.push(Window::first(index));
            }
        }
    }

    #[inline]
    fn position(&self, ssrc: u32) -> Option<usize> {
        self.ssrcs.iter().position(|known| *known == ssrc)
    }
}
