"""What must not reach a log: the paths and requests of the ballot pages."""

import logging

BALLOT_PREFIX = "/b/"


class HideBallots(logging.Filter):
    """Drops every record that carries or names a ballot request, whatever its level."""

    def filter(self, record: logging.LogRecord) -> bool:
        path = getattr(getattr(record, "request", None), "path", "")
        if path.startswith(BALLOT_PREFIX):
            return False
        return BALLOT_PREFIX not in record.getMessage()
