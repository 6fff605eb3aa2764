"""test_http_cluster_same.py - tests that the HTTP API passes on one Redis, on a Redis Cluster.

Those that need a push daemon, or the keys of all nodes at once, are left out.
"""
import pytest

import test_history
import test_recall
import test_send_message
import test_users
from cluster_site import ClusterSite
from redis_cluster import PATIENT_MS, RedisCluster

LEFT_OUT = {
    "test_logout_ends_the_login_and_tells_the_daemons", "test_leave_group", "test_group_joined_by_web_socket_is_listed",
    "test_a_group_for_its_members_alone", "test_own_message_is_gone_from_the_list", "test_someone_elses_message_stays",
    "test_history_around_a_recalled_message_closes_up", "test_http_and_sockets_share_one_order",
    "test_sent_message_is_stored_and_pushed_and_its_ts_is_the_answer", "test_list_message_shows_what_clients_have_seen",
    "test_paging_back_from_the_first_frame"}

for module in (test_users, test_recall, test_send_message, test_history):
    globals().update({name: value for name, value in vars(module).items()
                      if name not in LEFT_OUT and (name.startswith("test_") or name in ("user", "reader"))})

pytestmark = []


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with RedisCluster(tmp_path_factory.mktemp("cluster"), node_timeout_ms=PATIENT_MS) as cluster:
        shared = ClusterSite(tmp_path_factory.mktemp("site") / "api", cluster)
        yield shared
        shared.stop()
