"""The configuration: the settings and subscribers.yaml."""
