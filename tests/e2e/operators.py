"""operators.py - operators and moderators of a host, as callers of /admin/."""
from tokens import Secret, token

ANN, BOB = "ann-s-own-token", "bob-s-own-token"
SETTINGS = {"admin.tokens": f"ann:{ANN}\nbob:{BOB}\n", "im.group.loginAuth": 1, "login.jwtKey": Secret().setting}

# path: the parameters that make it do something
MODERATED = {
    "/admin/notice": {"info": "x"},
    "/admin/recall": {"userId": "v", "ts": 1},
    "/admin/purge": {"userId": "v"},
    "/admin/clear": {},
    "/admin/mute": {"userId": "v", "seconds": 60},
    "/admin/unmute": {"userId": "v"},
    "/admin/ban": {"userId": "v", "seconds": 60},
    "/admin/unban": {"userId": "v"},
    "/admin/kick": {"userId": "v"},
    "/admin/settings": {"slow": 1},
    "/admin/rules": {},
}
OPERATED = {
    "/admin/message": {"userId": "v", "info": "x"},
    "/admin/join": {"userId": "v"},
    "/admin/leave": {"userId": "v"},
    "/admin/role": {"userId": "v", "role": "vip"},
    "/admin/words": {"add": "badword"},
    "/admin/online": {},
    "/admin/groups": {},
    "/admin/hosts": {},
    "/admin/log": {},
}
ADMIN_PATHS = [*MODERATED, *OPERATED]


class Operator:
    def __init__(self, host, token=ANN):
        self.host = host
        self.token = token

    def post(self, path, *options, **fields):
        return self.host.api.post(path, fields, "-H", f"adminToken: {self.token}", *options)

    def do(self, what, data=None, **fields):
        """It is done; returns its data."""
        answer = self.post(f"/admin/{what}", **fields)
        assert (answer.status, answer.code, answer.msg) == (200, 200, "操作成功"), answer
        return answer.data

    def in_vain(self, what, **fields):
        """It changes nothing; returns its data."""
        answer = self.post(f"/admin/{what}", **fields)
        assert (answer.status, answer.code) == (200, 100), answer
        return answer.data


class Bearer:
    """A user with a JWT of the site; claims: role, groups."""

    def __init__(self, host, user, **claims):
        self.host = host
        self.user = user
        self.token = token(Secret(), user, **claims)

    def post(self, path, *options, **fields):
        return self.host.api.post(path, fields, *options, user=self.user, token=self.token)


def is_not_allowed(answer, data=None):
    return (answer.status, answer.code, answer.data) == (403, 403, data)
