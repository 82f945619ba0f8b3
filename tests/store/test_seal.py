"""Sealed words open only with their key, for what they are."""

from base64 import b64encode

import pytest

from bot.app import Helpline
from bot.config import SettingsError
from bot.privacy.rotation import rotate
from bot.privacy.seal import Unsealable, Vault
from tests.people import Amina

OLD, NEW = (b64encode(bytes([n]) * 32).decode() for n in (1, 2))


def test_what_was_sealed_opens_again() -> None:
    vault = Vault(OLD)
    key = vault.open_key(vault.new_data_key())
    assert key.open(key.seal("ጤና ይስጥልኝ", "message"), "message") == "ጤና ይስጥልኝ"


def test_a_text_opens_only_as_what_it_is_and_only_with_its_key() -> None:
    vault = Vault(OLD)
    key, other = (vault.open_key(vault.new_data_key()) for _ in range(2))
    sealed = key.seal("words", "message")
    for wrong in (lambda: key.open(sealed, "name"), lambda: other.open(sealed, "message")):
        with pytest.raises(Unsealable):
            wrong()


def test_after_a_rotation_old_contacts_open_and_are_found() -> None:
    before, after = Vault(OLD), Vault(f"{NEW},{OLD}")
    sealed_key = before.new_data_key()
    assert after.open_key(sealed_key)
    assert before.index("telegram", "5") == after.index("telegram", "5")


def test_an_erased_key_opens_nothing() -> None:
    with pytest.raises(Unsealable):
        Vault(OLD).open_key(None)


@pytest.mark.parametrize("keys", ["", "short", b64encode(b"x" * 31).decode()])
def test_a_wrong_key_is_named(keys: str) -> None:
    with pytest.raises(SettingsError, match="HELPLINE_SEAL_KEYS"):
        Vault(keys)


async def test_rotation_seals_all_keys_anew_while_words_stay(amina: Amina, helpline: Helpline) -> None:
    await amina.says("my wages")
    before = await amina.contact()
    assert before is not None
    old = helpline.settings.seal_keys.get_secret_value()
    both, newest = Vault(f"{NEW},{old}"), Vault(NEW)
    assert await rotate(helpline.store, both) == (1, 0)
    assert await rotate(helpline.store, both) == (0, 0)  # running it again changes nothing
    after = await amina.contact()
    assert after is not None
    assert newest.open_key(after.sealed_key).open(after.sealed_address, "address") == amina.address.identifier
    assert await rotate(helpline.store, Vault(OLD)) == (0, 1)  # the wrong key is said, and nothing is changed
