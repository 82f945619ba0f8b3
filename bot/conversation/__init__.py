"""The conversation: conduct one message from the inbox to the outbox, in one transaction."""
