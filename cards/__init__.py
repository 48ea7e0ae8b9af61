"""Adaptive Cards: functions from plain values to cards. Knows nothing of the bot.

Texts are plain: `render` escapes all that a Webex client could read as markdown.
Webex accepts card schema 1.3 and refuses unknown keys (docs/webex/messaging.md §4.1).
"""
