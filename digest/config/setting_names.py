"""Guesses for wrong names of settings: `DIGEST_SMTP_FROM`, or `SMTP_HOST` without the prefix.

A name is split at its underscores. Words for its group (DIGEST, SMTP, MAIL and the like) are
ignored; the remaining words are compared with those of the settings.
"""

from collections.abc import Collection

from digest.text import nearest

PREFIX = "DIGEST_"

_PLACES = frozenset({"DIGEST", "SMTP", "MAIL", "EMAIL", "MAILER", "SERVER", "OUTGOING", "DEFAULT"})
_OURS = frozenset({"SMTP", "MAIL", "EMAIL", "ARXIV", "DKIM"})
"""First words of names in .env that may be settings without their prefix."""

_MEANINGS = {
    "DIGEST_SMTP_HOST": "HOST HOSTNAME RELAY SMARTHOST",
    "DIGEST_SMTP_PORT": "PORT",
    "DIGEST_SMTP_SECURITY": "SECURITY SECURE TLS SSL STARTTLS ENCRYPTION USE_TLS USE_SSL",
    "DIGEST_SMTP_USERNAME": "USERNAME USER LOGIN ACCOUNT AUTH_USER HOST_USER",
    "DIGEST_SMTP_PASSWORD": "PASSWORD PASS PASSWD PWD SECRET APP_PASSWORD HOST_PASSWORD",
    "DIGEST_SMTP_PASSWORD_FILE": "PASSWORD_FILE PASS_FILE PASSWD_FILE SECRET_PATH PASSWORD_PATH",
    "DIGEST_SMTP_CONNECTIONS": "CONNECTIONS CONCURRENCY PARALLEL WORKERS MAX_CONNECTIONS",
    "DIGEST_SMTP_MESSAGES": "MESSAGES MESSAGES_PER_CONNECTION MAX_MESSAGES",
    "DIGEST_SMTP_RATE": "RATE RATE_LIMIT LIMIT THROTTLE",
    "DIGEST_MAIL_FROM": "FROM SENDER FROM_ADDRESS ADDRESS FROM_EMAIL FROM_NAME FROM_MAIL",
    "DIGEST_MAIL_REPLY_TO": "REPLY_TO REPLYTO REPLY",
    "DIGEST_MAIL_LIST_ID": "LIST_ID LISTID LIST",
    "DIGEST_MAIL_RETURN_PATH": "RETURN_PATH RETURNPATH BOUNCE ENVELOPE_FROM ENVELOPE_SENDER",
    "DIGEST_OPERATOR": "OPERATOR ADMIN ADMINISTRATOR ALERT ALERTS ADMIN_EMAIL OWNER",
    "DIGEST_SUBSCRIBERS": "SUBSCRIBERS READERS RECIPIENTS TO SUBSCRIBERS_FILE CONFIG",
    "DIGEST_STATE": "STATE STATE_FILE STORE DATABASE DB STATE_PATH DATA",
    "DIGEST_TEMPLATES": "TEMPLATES TEMPLATE TEMPLATE_DIR TEMPLATES_DIR",
    "DIGEST_ARXIV_CONTACT": "ARXIV_EMAIL ARXIV_MAIL USER_AGENT CONTACT",
    "DIGEST_ARXIV_DELAY": "DELAY ARXIV_RATE ARXIV_PAUSE ARXIV_INTERVAL",
    "DIGEST_ARXIV_RETRIES": "RETRIES TRIES ARXIV_TRIES MAX_RETRIES ATTEMPTS",
    "DIGEST_SOURCE": "SOURCES BACKEND ARXIV_SOURCE MODE",
    "DIGEST_OAI_URL": "OAI OAIPMH OAI_PMH OAI_PMH_URL OAI_ENDPOINT ARXIV_OAI ARXIV_OAI_URL",
    "DIGEST_FEED_URL": "FEED FEEDS FEEDS_URL RSS RSS_URL ATOM_URL ARXIV_RSS ARXIV_RSS_URL",
    "DIGEST_PAPERS": "CACHE CACHE_FILE CACHE_PATH PAPERS_FILE PAPERS_DB PAPERS_PATH",
    "DIGEST_SMTP_HELO": "HELO EHLO HELLO HELO_NAME HOST_NAME FQDN LOCAL_HOSTNAME",
}
_MEANT = {words: name for name, meanings in _MEANINGS.items() for words in meanings.split()}


def meant(name: str, known: Collection[str]) -> str | None:
    """The setting in `known` with the same meaning as `name`, judged by its words, or None."""
    words = name.upper().replace("-", "_").removeprefix(PREFIX).split("_")
    whole = "_".join(words)
    if f"{PREFIX}{whole}" in known:
        return f"{PREFIX}{whole}"
    rest = "_".join(word for word in words if word not in _PLACES)
    for form in (whole, rest):
        if (setting := _MEANT.get(form)) in known:
            return setting
    if rest:
        return None
    guess = "DIGEST_SMTP_HOST" if {"SMTP", "SERVER"} & set(words) else "DIGEST_MAIL_FROM"
    return guess if guess in known else None


def like(name: str, known: Collection[str]) -> str | None:
    """The setting most similar to an unknown name."""
    return nearest(name, known, cutoff=0)


def without_prefix(name: str, known: Collection[str]) -> str | None:
    """The setting for a name that lacks the prefix; None if it belongs to another program."""
    if name.upper().startswith(PREFIX) and name.upper() in known:
        return name.upper()
    ours = f"{PREFIX}{name}" in known or name.upper().partition("_")[0] in _OURS
    return meant(name, known) if ours else None
