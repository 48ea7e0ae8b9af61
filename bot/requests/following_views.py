"""The sentences and cards about what was added and has registered, or has not. Pure."""

from bot.core.models.followed import FollowedDevice
from bot.core.models.text import clean


def registered(device: FollowedDevice) -> str:
    """`✓ Bob Keller's 8865 is registered, 6 minutes after it was added.`"""
    minutes = max(round((device.changed_at - device.since) / 60), 0)
    owner, name = clean(device.target.owner_name, 60), clean(device.target.name, 60)
    when = f"{minutes} minutes" if minutes != 1 else "1 minute"
    return f"✓ {owner}'s {name} is registered, {when} after it was added."
