"""What /metrics shows. Counts and ages only; nothing here can carry a worker's words."""

from prometheus_client import Counter, Gauge, Histogram

RECEIVED = Counter("helpline_messages_received", "Webhook events recorded", ["channel"])
REPEATED = Counter("helpline_messages_repeated", "Events the provider delivered again", ["channel"])
REFUSED = Counter("helpline_webhooks_refused", "Webhook requests refused", ["channel", "status"])
SPOOLED = Counter("helpline_spooled", "Webhook requests kept on disk because the database was away")
SPOOL_WAITING = Gauge("helpline_spool_waiting", "Webhook requests on disk that wait for the database")
SWEPT = Counter("helpline_swept", "Pieces of work that the sweep started")
WAKE_UPS_LOST = Counter("helpline_wake_ups_lost", "Wake-ups the broker did not take; the sweep finds their work")
PAGES = Counter("helpline_pages", "Calls to people on duty about urgent cases", ["outcome"])
OLDEST_UNHANDLED = Gauge("helpline_oldest_unhandled_seconds", "Age of the oldest message nobody has handled")
_WAITS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)
HANDLED_SECONDS = Histogram(
    "helpline_handled_seconds", "From recording a message to the decision about it", ["lane"], buckets=_WAITS
)
SENT_SECONDS = Histogram(
    "helpline_sent_seconds", "From the outbox to the provider, also while it may not go out", ["lane"], buckets=_WAITS
)
NLU_SECONDS = Histogram(
    "helpline_nlu_seconds",
    "Time of an NLU server for one text",
    ["state"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
WEBHOOK_SECONDS = Histogram(
    "helpline_webhook_seconds", "Time to record a webhook request", buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2)
)
