"""Adaptive Cards: functions from plain values to cards. Knows nothing of the bot.

Texts are plain: `render` escapes whatever a Webex client could take for markdown.
Webex accepts card schema 1.3 and refuses unknown keys (webex-messaging.md §4.1).
"""
