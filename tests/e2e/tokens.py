"""tokens.py - JSON Web Tokens as a site makes them: with Python and openssl, not with what is tested."""
import base64
import hashlib
import hmac
import json
import subprocess
import time
from datetime import timedelta

SECRET = "a secret of the site, of more than 32 bytes"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def in_a_minute():
    return int(time.time()) + 60


class Secret:
    """HS256."""
    alg = "HS256"

    def __init__(self, secret=SECRET):
        self.setting = secret

    def sign(self, data):
        return hmac.new(self.setting.encode(), data, hashlib.sha256).digest()


class Pair:
    """RS256 or ES256: a private key in the folder; the setting is the public one, as PEM."""
    KINDS = {"RS256": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "ES256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]}

    def __init__(self, alg, folder):
        self.alg = alg
        self.private = folder / f"{alg}.pem"
        openssl("genpkey", "-algorithm", *self.KINDS[alg], "-out", self.private)
        self.setting = openssl("pkey", "-in", self.private, "-pubout").decode()

    def sign(self, data):
        signature = openssl("dgst", "-sha256", "-sign", self.private, input=data)
        return signature if self.alg == "RS256" else side_by_side(signature)


def openssl(*arguments, input=b""):
    return subprocess.run(["openssl", *arguments], input=input, check=True, capture_output=True).stdout


def side_by_side(der):
    """The two numbers of an ECDSA signature: SEQUENCE { INTEGER, INTEGER }, each length in one byte."""
    numbers, at = b"", 2
    for _ in range(2):
        length = der[at + 1]
        numbers += int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(32, "big")
        at += 2 + length
    return numbers


def token(key, user, head=None, **claims):
    """For this user, valid for a minute; a claim that is None is left out, a timedelta is the time so far from now."""
    claims = {"sub": user, "exp": in_a_minute(), **claims}
    claims = {name: int(time.time() + value.total_seconds()) if isinstance(value, timedelta) else value
              for name, value in claims.items() if value is not None}
    parts = [head or {"alg": key.alg, "typ": "JWT"}, claims]
    signed = ".".join(encode(json.dumps(part, ensure_ascii=False).encode()) for part in parts)
    return f"{signed}.{encode(key.sign(signed.encode()))}"
