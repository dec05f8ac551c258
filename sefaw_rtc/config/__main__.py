"""`python -m sefaw_rtc.config > sefaw.sample.toml`: the sample file, from the tree."""

import sys

from sefaw_rtc.config.text import sample

if __name__ == "__main__":
    sys.stdout.write(sample())
