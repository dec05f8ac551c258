"""The wire and its meaning: messages, events, ids, close reasons, the codec, and the fold that makes state of events.

Everything that speaks with Sefaw RTC (the server, the page, programs, the archive, the verifier) speaks this. It
imports nothing of ours, reads no clock and opens no socket. The browser's types, docs/wire.md and the golden vectors
are generated from it (`python -m signalling.generate`).
"""
