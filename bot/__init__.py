"""provbot: a Webex bot that provisions Webex Calling devices by chat."""

__version__ = "0.1.0"
