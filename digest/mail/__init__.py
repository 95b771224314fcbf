"""Makes a mail: an edition becomes words, a page, a message."""
