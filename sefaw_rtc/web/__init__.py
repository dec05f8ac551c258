"""The HTTP shell: parses, asks `decide`, calls the service, writes. Nothing is decided here."""
