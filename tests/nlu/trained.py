"""The settings under which the trained model of this checkout is found."""

import pytest

from bot.config import ROOT, Settings, load_settings
from bot.nlu import models
from bot.nlu.process import find_python


def load_trained_settings() -> Settings:
    """Skip where this machine has no model, and say so."""
    settings = load_settings().model_copy(update={"var_dir": ROOT / "var"})
    if find_python() is None or models.find_current(settings) is None:
        pytest.skip("no NLU environment or model: run `make train`")
    return settings
