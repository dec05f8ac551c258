"""What is generated from the wire: the browser's types, docs/wire.md and the golden vectors. Run as
`python -m signalling.generate [--check]`; `--check` writes nothing and fails where a file differs."""
