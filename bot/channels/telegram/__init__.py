"""Telegram, through python-telegram-bot's Bot and nothing else of it."""
