"""test_limits.py - what a visitor may take: pages, connections, joins and messages a second, time to shake hands."""
import asyncio
import json
import socket
import time

import pytest

from client import Client, handshake_status
from host import fresh

pytestmark = pytest.mark.spread

STRANGER, OTHER = "192.0.2.7", "192.0.2.8"


async def knock(host, user=None, address=None, **options):
    """The status that a chat's handshake gets, straight at the daemon, as from a client with that address."""
    headers = {"X-Forwarded-For": address} if address else {}
    return await handshake_status(host.chat_url(fresh(), user or fresh("u"), at=host.push),
                                  extra_headers=headers, **options)


async def stay(host, user=None, address=None):
    """A client that came in and stays."""
    headers = {"X-Forwarded-For": address} if address else {}
    client = await Client.open(host.chat_url(fresh(), user or fresh("u"), at=host.push), extra_headers=headers)
    await client.text()
    return client


async def until_welcome(knocking):
    """Who left is noticed a moment later."""
    end = time.monotonic() + 5
    while await knocking() != 101:
        assert time.monotonic() < end, "nobody is let in any more"


# ---- origins ----

@pytest.fixture(scope="module")
def choosy(make_host):
    return make_host({"push.origins": "https://a.example http://b.example:8080"})


@pytest.mark.proxies
@pytest.mark.parametrize("origin, status", [
    ("https://a.example", 101), ("http://b.example:8080", 101), (None, 101), ("http://a.example", 403),
    ("https://a.example.evil.example", 403), ("https://a.example:444", 403), ("null", 403)])
async def test_origins(choosy, origin, status):
    """`push.origins` list …: refuses others with 403 at the handshake"""
    for at in (choosy.host, choosy.push):
        assert await handshake_status(choosy.chat_url(fresh(), "u", at=at), origin=origin) == status
        assert await handshake_status(choosy.list_url("u", at=at), origin=origin) == status


async def test_any_origin_by_default(site):
    """default: any, as fast-im"""
    assert await handshake_status(site.chat_url(fresh(), "u"), origin="https://anything.example") == 101


# ---- connections ----

async def test_connections_of_a_user(make_host):
    """connections … per user"""
    host, user = make_host({"push.maxPerUser": 2}), fresh("u")
    first, _ = await stay(host, user), await stay(host, user)
    assert await knock(host, user) == 429
    assert await knock(host, fresh("u")) == 101
    await first.leave()
    await until_welcome(lambda: knock(host, user))


@pytest.mark.parametrize("one, same, other", [
    (STRANGER, STRANGER, OTHER), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")])
async def test_connections_of_an_address(make_host, one, same, other):
    """connections … per client address; an IPv6 one by its /64, of which a client has all"""
    host = make_host({"push.maxPerAddress": 2})
    first, second = await stay(host, address=one), await stay(host, address=one)
    assert await knock(host, address=same) == 429
    assert await knock(host, address=other) == 101
    await first.leave()
    await until_welcome(lambda: knock(host, address=same))
    await second.leave()


async def test_the_proxy_itself_has_no_limit(make_host):
    """connections … per client address, trusted proxies excepted"""
    host = make_host({"push.maxPerAddress": 2})
    clients = [await stay(host) for _ in range(5)]
    assert await knock(host) == 101
    assert len(clients) == 5


async def test_a_forged_address_is_nobodys(make_host):
    """the proxy's last X-Forwarded-For element, only from trusted proxies"""
    host = make_host({"push.maxPerAddress": 2, "push.trustedProxies": "203.0.113.1"})
    clients = [await stay(host, address=f"192.0.2.{i}") for i in (1, 2)]
    assert await knock(host, address="192.0.2.3") == 429
    assert len(clients) == 2


async def test_too_many_connections_in_all(make_host):
    """connections in all"""
    host = make_host({"push.maxConnections": 3})
    clients = [await stay(host) for _ in range(3)]
    assert await knock(host) == 503
    await clients[0].leave()
    await until_welcome(lambda: knock(host))


# ---- a second ----

async def test_joins_a_second(make_host):
    """joins a second"""
    host = make_host({"push.joinsPerSecond": 1})
    began = time.monotonic()
    answers = [await knock(host, address=STRANGER) for _ in range(14)]
    spent = time.monotonic() - began
    assert answers[:10] == [101] * 10, "a burst of ten seconds' worth"
    assert answers.count(101) <= 10 + spent + 1 and answers[-1] == 429
    assert await knock(host, address=OTHER) == 101
    await until_welcome(lambda: knock(host, address=STRANGER))


@pytest.fixture(scope="module")
def slow_spoken(make_host):
    return make_host({"push.messagesPerSecond": 1, "push.messageBurst": 5})


async def say_at_once(client, count):
    """Sends so many messages; the texts that came back, and how many were refused."""
    for i in range(count):
        await client.send(f"{i}")
    frames = [await client.text() for _ in range(count)]
    return [json.loads(frame)["info"] for frame in frames if frame != "429"], frames.count("429")


async def test_messages_a_second(slow_spoken):
    """messages a second per user and per address, with burst (`429` to the sender)"""
    group = fresh()
    speaker, other = [await slow_spoken.chat(group, fresh("u")) for _ in range(2)]
    stored, refused = await say_at_once(speaker, 6)
    assert (stored, refused) == (["0", "1", "2", "3", "4"], 1)
    assert [await other.info() for _ in range(5)] == stored
    await other.say("mine")
    assert len(slow_spoken.entries(group)) == 6, "what was answered 429 is not stored"


async def test_a_second_connection_brings_no_second_burst(make_host):
    """per user and per address: buckets that outlive the connection"""
    host, user = make_host({"push.messagesPerSecond": 1, "push.messageBurst": 5}), fresh("u")
    for round_ in range(3):
        client = await stay(host, user, STRANGER)
        refused = (await say_at_once(client, 6))[1]
        assert refused == 1 if round_ == 0 else refused >= 4
        await client.leave()
    other_name = await stay(host, fresh("u"), STRANGER)
    assert (await say_at_once(other_name, 6))[1] >= 4
    elsewhere = await stay(host, fresh("u"), OTHER)
    assert (await say_at_once(elsewhere, 6))[1] == 1


async def test_bytes_a_second(make_host):
    """bytes a second beside messages a second: by default 2 MiB at once and 256 KiB a second, whatever their number"""
    host, group, text = make_host(), fresh(), "x" * 16000
    client = await host.chat(group, "a")
    began, count = time.monotonic(), 400
    for _ in range(count):
        await client.send(text)
    answers = [await client.text() for _ in range(count)]
    stored = count - answers.count("429")
    assert 2_097_152 - 16000 <= stored * 16000 <= 2_097_152 + 262_144 * (time.monotonic() - began)
    assert len(host.entries(group)) == stored


async def test_who_was_too_fast_may_go_on(slow_spoken):
    """… once it was silent"""
    client = await slow_spoken.chat(fresh(), fresh("u"))
    assert (await say_at_once(client, 6))[1] == 1
    await asyncio.sleep(1.1)  # the second that the setting speaks of
    await client.send("again")
    assert await client.info() == "again"


@pytest.mark.proxies
def test_requests_a_second(make_host):
    """`http.requestsPerSecond` per client address: 429 in the envelope with `data` null and Retry-After"""
    host = make_host({"http.requestsPerSecond": 5})
    taken, began = 0, time.monotonic()
    while (answer := host.api.post("/user/login", {"userId": "u", "password": "x"})).code == 200:
        taken += 1
        assert taken <= 51 + 5 * (time.monotonic() - began), "nobody is refused"
    assert taken >= 20, "a burst of ten seconds' worth, less what run.sh asked to see that all is ready, every 20 ms"
    assert (answer.status, answer.code, answer.data) == (429, 429, None)
    assert int(answer.headers["retry-after"]) >= 1
    assert host.api.get("/nowhere").status == 404  # costs nothing, and does not count
    time.sleep(1.1)
    assert host.api.post("/user/login", {"userId": "u", "password": "x"}).code == 200


# ---- handshakes ----

HALF = b"GET /group/chat/a/b/c HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"


@pytest.mark.parametrize("begin", [b"", b"G", HALF], ids=["nothing", "a byte", "half a request"])
async def test_a_slow_handshake_is_ended(site, begin):
    """slow handshakes (slowloris: 5 s for the upgrade)"""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.push_port)
    writer.write(begin)
    began = time.monotonic()
    await asyncio.wait_for(reader.read(), 10)
    assert time.monotonic() - began < 8
    writer.close()


async def test_a_byte_now_and_then_is_no_handshake(site):
    """slow handshakes (slowloris: 5 s for the upgrade)"""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.push_port)
    began = time.monotonic()
    for byte in HALF:
        writer.write(bytes([byte]))
        try:
            await asyncio.wait_for(reader.read(1), 0.5)
            break
        except asyncio.TimeoutError:
            continue
        except OSError:
            break
    assert time.monotonic() - began < 8
    writer.close()


@pytest.mark.parametrize("begin", [b"", HALF], ids=["nothing", "half a request"])
async def test_silent_sockets_of_one_address_keep_nobody_out(make_daemon, begin):
    """counted per address at accept, the oldest unfinished handshake goes first: 3,000 at once, and again and again"""
    daemon, half = make_daemon({"push.trustedProxies": ""}), []
    for i in range(3000):
        half.append(socket.create_connection(("127.0.0.1", daemon.port)))
        half[-1].sendall(begin)
        if i % 500 == 499:
            began = time.monotonic()
            client = await daemon.chat(fresh(), "u", local_addr=("127.0.0.9", 0))
            await client.say("hello")
            assert time.monotonic() - began < 2, f"beside {i + 1} silent sockets"
    counted = await asyncio.to_thread(daemon.metrics)
    assert counted["fastim_handshakes_waiting"] <= 256 and counted["fastim_handshakes_cut_total"] >= 2000
    for connection in half:
        connection.close()


async def test_a_thousand_half_open_handshakes_hold_up_nobody(site):
    """bounded, the others notice nothing"""
    half = []
    for _ in range(1000):
        connection = socket.create_connection(("127.0.0.1", site.push_port))
        connection.sendall(HALF)
        half.append(connection)
    client = await site.chat(fresh(), "u")
    began = time.monotonic()
    await client.say("hello")
    assert time.monotonic() - began < 1
    for connection in half:
        connection.close()
