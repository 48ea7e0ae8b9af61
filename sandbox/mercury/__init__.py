"""Service discovery, device registration and the websocket that delivers events."""
