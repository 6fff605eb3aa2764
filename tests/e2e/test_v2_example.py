"""test_v2_example.py - part 2, 16: the example, line by line."""
import pytest

from host import fresh
from v2 import V2

pytestmark = [pytest.mark.smoke, pytest.mark.everywhere]


@pytest.mark.proxies
async def test_the_example_of_the_contract(make_host):
    """A client says hello, loses its line, and comes back to find its message stored, and another
    recalled"""
    host, group = make_host({"im.group.loginAuth": 1}), fresh()
    three, seven = host.api.login(fresh("3")), host.api.login(fresh("7"))
    other = await V2.enter(host, group, seven.user, seven.token)
    hi = await other.say("hi")

    client = await V2.connect(host.chat_url(group, three.user, "-"))
    await client.write("auth", token=three.token)
    welcome = await client.next("welcome")
    assert (welcome["recovered"], welcome["missed"]) == (False, 0)
    shown = await client.next("list")
    assert (shown["at"], shown["total"]) == (hi["ts"], 1)
    assert shown["list"] == [{"groupId": group, "userId": seven.user, "info": "hi", "ts": hi["ts"]}]
    hello = await client.say("hello", "k3f9")
    assert client.model.position == f"{shown['epoch']}-{hello['ts']}"

    await client.put("still there?", "k3fa")
    await other.until("still there?")
    client.cut()
    still = other.model.messages[-1]
    await other.write("recall", ts=hi["ts"])
    await other.next("recall")

    back = await V2.connect(host.chat_url(group, three.user, "-"), client.model,
                            client.model.position)
    await back.write("auth", token=three.token)
    await back.put("still there?", "k3fa")
    welcome = await back.next("welcome")
    assert (welcome["recovered"], welcome["missed"]) == (True, 2)
    frames = [await back.any() for _ in range(3)]
    ack, = [frame for frame in frames if frame["type"] == "ack"]
    message, recall = [frame for frame in frames if frame["type"] != "ack"]
    assert message == {"type": "message", **still}
    assert (recall["type"], recall["userId"], recall["ts"]) == ("recall", seven.user, hi["ts"])
    assert ack == {"type": "ack", "id": "k3fa", "ts": still["ts"]}
    assert back.model.infos() == ["hello", "still there?"]
    back.model.check_shows(host.entries(group))
