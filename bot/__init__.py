"""provbot: a Webex bot that provisions Webex Calling devices by chat."""
