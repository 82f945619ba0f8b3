"""The really trained model, in its own process, over HTTP. The sentences were written for this test alone."""

import asyncio
import contextlib
import io
import tarfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.nlu import models
from bot.nlu.child import predict_lines
from bot.nlu.client import NluClient
from bot.nlu.process import NluProcess
from tests.nlu.trained import load_trained_settings

pytestmark = pytest.mark.model

SENTENCES = {
    "en": [
        ("my employer is holding my passport and will not give it back", "passport_withheld"),
        ("i was not paid for five months", "wages_unpaid"),
        ("how do i reach the philippine embassy", "embassy_contact"),
        ("can i change to another sponsor without my employer agreeing", "change_employer"),
        ("the agent asks 2000 dollars before i travel, is that allowed", "fee_legality"),
        ("she slapped me again yesterday", "physical_violence"),
        ("i want to speak with a real person", "talk_to_human"),
        ("what is the weather in dubai tomorrow", "out_of_scope"),
        ("please delete everything i wrote", "delete_data"),
    ],
    "tl": [
        ("kinuha ng amo ko ang passport ko at ayaw ibalik", "passport_withheld"),
        ("apat na buwan na po akong hindi pinapasahod", "wages_unpaid"),
        ("gusto ko na pong umuwi ng pinas pero ayaw akong payagan", "return_home"),
        ("magkano po ba dapat ang sahod ko dito", "wages_minimum"),
        ("sinasaktan po ako ng madam ko", "physical_violence"),
        ("pwede po ba makausap ang totoong tao", "talk_to_human"),
        ("salamat po ng marami", "thank"),
        ("paano po mag lipat ng ibang amo", "change_employer"),
    ],
    "hi": [
        ("malkin ne mera passport rakh liya hai wapas nahi deti", "passport_withheld"),
        ("chaar mahine se salary nahi mili", "wages_unpaid"),
        ("mujhe ghar wapas jana hai kafeel jane nahi deta", "return_home"),
        ("embassy ka contact kaise milega", "embassy_contact"),
        ("madam mujhe roz maarti hai", "physical_violence"),
        ("kisi insaan se baat karni hai", "talk_to_human"),
        ("dhanyavaad aapka", "thank"),
        ("mujhe ghar me band karke rakha hai bahar nahi jane dete", "confinement"),
    ],
    "ar": [
        ("كفيلي ماخذ جواز سفري ولا يرجعه", "passport_withheld"),
        ("ما استلمت راتبي من اربعة شهور", "wages_unpaid"),
        ("اريد ارجع بلدي والكفيل يرفض", "return_home"),
        ("كيف انقل كفالتي الى كفيل ثاني", "change_employer"),
        ("المدام تضربني كل يوم", "physical_violence"),
        ("ابي اكلم شخص حقيقي", "talk_to_human"),
        ("شكرا جزيلا", "thank"),
        ("وين القى مكان امن انام فيه الليلة", "shelter"),
    ],
    "sw": [
        ("mwajiri amechukua pasipoti yangu na hataki kunirudishia", "passport_withheld"),
        ("sijalipwa mshahara kwa miezi minne", "wages_unpaid"),
        ("nataka kurudi nyumbani kenya lakini bosi anakataa", "return_home"),
        ("nawezaje kubadilisha mwajiri", "change_employer"),
        ("madam ananipiga kila siku", "physical_violence"),
        ("nataka kuongea na mtu", "talk_to_human"),
        ("asante sana", "thank"),
        ("ubalozi wa kenya uko wapi riyadh", "embassy_contact"),
    ],
}  # fmt: skip
DANGER = {"physical_violence", "confinement"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncIterator[NluClient]:
    """Start the model as the app does; skip where this machine has none, and say so."""
    settings = load_trained_settings()
    process, stop = NluProcess(settings), asyncio.Event()
    running = asyncio.create_task(process.run(stop))
    client = NluClient(process.url, settings.nlu_token.get_secret_value(), 20)
    for _ in range(600):
        if await client.is_ready():
            break
        await asyncio.sleep(0.1)
    yield client
    stop.set()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await client.close()


# In Latin letters short Hindi and Urdu sentences are often the same words; both get the same answers.
SPOKEN_ALIKE = {"hi": {"hi", "ur"}}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("language", SENTENCES)
async def test_plain_questions_are_understood(client: NluClient, language: str) -> None:
    wrong = []
    for text, label in SENTENCES[language]:
        heard = await client.understand(text)
        assert heard.state == "ok"
        assert heard.language in SPOKEN_ALIKE.get(language, {language})
        assert heard.script == ("latin" if language == "hi" else "native")
        assert heard.danger or label not in DANGER, text
        if heard.intent != label:
            wrong.append((text, label, heard.intent))
    assert len(wrong) <= 1, wrong


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "text",
    [
        "ani Sa'udii Arabiyaa keessa jira mana hojjetaa",  # Oromo
        "ናይ ሰለስተ ወርሒ ደሞዘይ ኣይከፈሉንን እንታይ ክገብር እየ",  # Tigrinya
        "എന്റെ പാസ്പോർട്ട് മുതലാളി പിടിച്ചു വെച്ചിരിക്കുന്നു",  # Malayalam
        "chủ nhà giữ hộ chiếu của tôi tôi muốn về nước",  # Vietnamese
        "ကျွန်မ လစာ သုံးလ မရသေးဘူး ဘာလုပ်ရမလဲ",  # Burmese
    ],
)
async def test_a_language_that_we_do_not_speak_comes_out_unsure(client: NluClient, text: str) -> None:
    assert (await client.understand(text)).language == ""


@pytest.mark.asyncio(loop_scope="module")
async def test_entities_come_with_the_labels(client: NluClient) -> None:
    heard = await client.understand("i am from nepal working in riyadh, 4 months no salary of 1200 riyal")
    found = {kind: heard.find_entity(kind) for kind in ("origin", "destination", "money", "duration")}
    assert found == {"origin": "NP", "destination": "SA", "money": "1200 SAR", "duration": "P4M"}


def test_predict_keeps_the_contract() -> None:
    settings = load_trained_settings()
    lines = [{"text": "nataka kurudi nyumbani", "mine": 7}, {"text": "he hits me"}]
    done = predict_lines(settings, models.get_current(settings), lines)
    assert all({"intent", "confidence", "ranking", "language", "script", "danger"} <= set(line) for line in done)
    assert (done[0]["mine"], done[0]["language"], done[0]["intent"]) == (7, "sw", "return_home")
    assert len(done[0]["ranking"]) == 5
    assert done[1]["danger"] is True


def test_a_model_file_holds_json_and_numbers_and_no_pickle() -> None:
    """Loading a pickle runs what is in it: a model file from elsewhere must not be able to."""
    with tarfile.open(models.get_current(load_trained_settings())) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        assert {Path(member.name).suffix for member in members} == {".json", ".npz"}
        for member in members:
            file = archive.extractfile(member)
            assert file is not None
            if member.name.endswith(".npz"):
                with zipfile.ZipFile(
                    io.BytesIO(file.read())
                ) as arrays:  # numpy writes objects, and only them, as pickles
                    assert not any(b"'|O'" in arrays.read(name)[:256] for name in arrays.namelist())
