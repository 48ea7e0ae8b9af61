"""From what people type to what Webex means: owners, models, locations, devices.

Decisions only: the reads are those of the context. Each function notes on the form what is wrong.
"""
