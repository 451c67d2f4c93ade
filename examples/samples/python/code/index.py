"""Answers every event and says in its log when the instance is about to go."""

from __future__ import annotations

import logging
from typing import Any


def handler(event: bytes, context: Any) -> str:
    logging.getLogger().info("%s: an event of %d bytes", context.request_id, len(event))
    return "ok"


def pre_stop(context: Any) -> None:
    logging.getLogger().info("%s: this instance is going to be stopped", context.request_id)
