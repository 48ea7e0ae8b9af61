"""Measurements. `make bench` compares provbot with stock webex-bot; bench/sandbox.py is about the sandbox."""
