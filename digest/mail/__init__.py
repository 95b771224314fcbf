"""Makes a message from an edition: plain text, HTML, header fields and a signature."""
