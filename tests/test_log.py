"""Logs carry no secrets and no words."""

import logging

import pytest
import structlog

from bot.log import configure_logging


def test_secrets_are_cut_out_of_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(["s3cr3t-token"], pretty=False)
    structlog.get_logger().info("sent", url="https://x/bots3cr3t-token/sendMessage")
    logging.getLogger("some.library").warning("failed at s3cr3t-token")
    said = capsys.readouterr().err
    assert "s3cr3t-token" not in said
    assert said.count("***") == 2


def test_libraries_that_log_urls_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(pretty=False)
    logging.getLogger("httpx").info("HTTP Request: POST https://x/bot1:a/sendMessage")
    assert capsys.readouterr().err == ""
