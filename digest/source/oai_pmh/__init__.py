"""The source "arXiv's harvest": its OAI-PMH service, which gives every record that changed."""
