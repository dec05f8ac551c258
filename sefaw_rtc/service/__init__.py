"""Runs the consultations: applies the heart's decisions, writes their logs, drives the media plane.

No HTTP here (that is `sefaw_rtc.web`), and no decision either (that is `sefaw_rtc.consultation` and
`sefaw_rtc.access`): this package carries out.
"""
