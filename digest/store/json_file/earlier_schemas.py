"""Turns a snapshot of an earlier schema into one of the present schema.

`digest.store.json_file.format` lists the changes of each number. The input and the output are plain
JSON, so no class has to know its earlier forms.
"""

import json
from typing import Any

LEGACY = ""
"""The configuration in a state of a program that did not distinguish configurations."""


def of_this_schema(data: bytes) -> bytes:
    """The snapshot in `data`, of any earlier schema, in the present form.

    Raises:
        ValueError: the snapshot does not have the form of its schema.
    """
    try:
        snapshot = json.loads(data)
        records = snapshot["records"]
        if snapshot["schema"] < 3:
            _share_histories(records)
        if snapshot["schema"] < 5:
            _claims(records)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"it does not have the form of a snapshot: {error}") from error
    return json.dumps(snapshot, ensure_ascii=False, separators=(",", ":")).encode()


def _share_histories(records: dict[str, Any]) -> None:
    """Applies schema 3: before, each reader had keywords and spans, and a batch was a list."""
    for keyword in records["keywords"].values():
        keyword["batches"] = {n: " ".join(ids) for n, ids in keyword["batches"].items()}
    numbers: dict[str, int] = {}
    for reader in records["subscribers"].values():
        history = {"keywords": reader.pop("keywords"), "spans": reader.pop("spans")}
        reader["history"] = numbers.setdefault(json.dumps(history), len(numbers))
    records["histories"] = [json.loads(history) for history in numbers]


def _claims(records: dict[str, Any]) -> None:
    """Applies schema 5: spans become claims, and a waiting message becomes a list of messages.

    A span of a keyword that is still read goes on. Another span ends where the reader had it, or
    with the waiting digest that it belongs to.
    """
    histories = records["histories"]
    numbers: dict[str, int] = {}
    for reader in records["subscribers"].values():
        history = histories[reader["history"]]
        claims = {
            keyword: [[*span, span[1]] for span in spans]
            for keyword, spans in history["spans"].items()
        }
        pending, begun = reader.get("pending"), reader.pop("pending_after", None) or {}
        for keyword, upto in (pending or {}).get("covers", {}).items():
            belongs = begun.get(keyword, claims[keyword][-1][0])
            own = [claim for claim in claims[keyword] if claim[0] == belongs]
            own[-1][2] = max(own[-1][2], upto)
        for keyword in history["keywords"]:
            claims[keyword][-1][2] = None
        reads = {LEGACY: history["keywords"]} if history["keywords"] else {}
        written = json.dumps({"reads": reads, "claims": claims})
        reader["history"] = numbers.setdefault(written, len(numbers))
        reader["pending"] = [pending] if pending else []
        reader["uncertain"] = bool(pending)
    records["histories"] = [json.loads(history) for history in numbers]
    for keyword in records["keywords"].values():
        if keyword.get("active", True):
            keyword["configurations"] = [LEGACY]
