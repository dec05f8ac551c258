"""`python -m sefaw_rtc.edge.probe`: the same as `sefaw-probe`."""

from sefaw_rtc.edge.probe import main

main()
