"""test_logs.py - what the programs write about all that happens, and what they do not."""
import pytest

from host import fresh

pytestmark = pytest.mark.everywhere


async def test_no_token_and_no_text_stands_in_a_log(make_host):
    """Logs are usable: one line an event, a reason on every close …, no token or text in any"""
    host = make_host({"log.level": "debug", "im.group.loginAuth": 1})
    group, password, said = fresh(), fresh("password"), fresh("text")
    user = host.api.login(fresh("u"), password)
    user.join(group)
    client = await host.chat(group, user.user, user.token)
    await client.send(said)
    assert await client.info() == said
    await client.send_frame(1, said.encode() + b"\xff")
    assert await client.close_code() == 1007
    wrong = await host.open_chat(group, user.user, "x" + user.token)
    assert await wrong.text() == "440"
    host.redis_server.client.rpush(f"gml:{group}", said + " is no message")
    assert (await host.chat(group, user.user, user.token)).first["total"] == 2
    host.redis_server.client.publish(f"mq:{group}", said + " is none either")
    assert user.post("/group/listMessage", groupId=group, startPage=said, endPage=said).code == 400
    host.process.wait_line(f'kind=chat group="{group}" user="{user.user}"')  # a line comes when it has been read
    host.process.wait_line('reason="not UTF-8"')
    output = host.process.output
    for secret in (password, said, user.token):
        assert secret not in output, [line for line in output.splitlines() if secret in line]
