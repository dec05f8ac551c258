"""The server: who may do what, with whom, and why. The packets are `media/`'s (Rust), the wire is `signalling`'s."""
