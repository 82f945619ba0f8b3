"""Call before Rasa is imported: no telemetry, no chatter, and logs that cannot contain a message text."""

import logging
import os
import warnings

import structlog

_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "LOG_LEVEL": "ERROR",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "RASA_MAX_CACHE_SIZE": "0",  # the vectors have their own cache; Rasa's would pickle every feature
    # Threads that wait by spinning for long cost a second per vector when other processes want the same two cores;
    # those that do not spin at all cost half as much again on an idle machine.
    "GOMP_SPINCOUNT": "1000",
}


def be_quiet() -> None:
    os.environ.update(_ENVIRONMENT)
    warnings.showwarning = lambda *args, **kwargs: None  # filters do not last: libraries set their own
    logging.disable(logging.WARNING)
    # Rasa logs every parsed text at debug level through structlog, which prints everything unless configured.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
