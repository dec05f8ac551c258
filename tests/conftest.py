"""For all tests: property tests judge what code does, never how long a busy machine took (no deadline), and print how
to repeat a failure."""

from hypothesis import settings

settings.register_profile("sefaw", deadline=None, print_blob=True)
settings.load_profile("sefaw")
