"""Benchmarks. `make bench` compares provbot with webex-bot; sandbox.py measures the sandbox."""
