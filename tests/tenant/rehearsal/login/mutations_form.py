# SPDX-License-Identifier: Apache-2.0
"""Tokens that are wrong in algorithm, key, header or encoding, and answers whose members are wrong."""
import base64
import hashlib
import hmac
import json

from .keys import b64url
from .mutation_table import OTHER_GUID, answer, mutation


@mutation("alg none, no signature")
def alg_none(_world, draft):
    draft.alg, draft.sign = "none", lambda _text: b""


@mutation("alg none in the header, a real signature behind it")
def alg_none_signed(_world, draft):
    draft.header_text = json.dumps({"typ": "JWT", "alg": "none", **draft.header})


@mutation("HS256 keyed with the public key")
def alg_hs256(_world, draft):
    draft.alg = "HS256"
    secret = draft.key.public_pem()
    draft.sign = lambda text: hmac.new(secret, text, hashlib.sha256).digest()


@mutation("RS512 with the right key")
def alg_rs512(_world, draft):
    draft.alg = "RS512"


@mutation("PS256 with the right key")
def alg_ps256(_world, draft):
    draft.alg = "PS256"


@mutation("alg in lower case")
def alg_lower_case(_world, draft):
    draft.header_text = json.dumps({"typ": "JWT", "alg": "rs256", **draft.header})


@mutation("a kid that no key document has")
def unknown_kid(world, draft):
    draft.key = world.keys.want("unpublished")
    draft.header["kid"] = draft.key.kid


@mutation("a published kid, but signed by another key")
def other_key(world, draft):
    draft.key = world.keys.want("unpublished")


@mutation("no kid")
def missing_kid(_world, draft):
    draft.header.pop("kid", None)


@mutation("signed by a published key whose issuer is another tenant")
def foreign_key(world, draft):
    draft.key = world.keys.foreign
    draft.header["kid"] = draft.key.kid


@mutation("signed by a published key that has no issuer member")
def key_without_issuer(world, draft):
    draft.key = world.keys.want("no_issuer")
    draft.header["kid"] = draft.key.kid


@mutation("one bit of the signature is wrong")
def broken_signature(_world, draft):
    def flip(text):
        head, body, signature = text.split(".")
        raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
        raw[len(raw) // 2] ^= 1
        return f"{head}.{body}.{b64url(bytes(raw))}"
    draft.finish.append(flip)


@mutation("a claim changed after signing")
def changed_after_signing(_world, draft):
    def change(text):
        head, _, signature = text.split(".")
        claims = dict(draft.claims, name="Somebody Else")
        return f"{head}.{b64url(json.dumps(claims).encode())}.{signature}"
    draft.finish.append(change)


@mutation("header member alg twice")
def duplicate_header(_world, draft):
    draft.header_text = f'{{"typ":"JWT","alg":"none","alg":"RS256","kid":"{draft.header["kid"]}"}}'


@mutation("header member kid twice, the right one last")
def duplicate_kid(_world, draft):
    draft.header_text = f'{{"typ":"JWT","alg":"RS256","kid":"{OTHER_GUID}","kid":"{draft.header["kid"]}"}}'


@mutation("header of more than 20 kB")
def huge_header(_world, draft):
    draft.header["filler"] = "x" * 20000


@mutation("header with crit")
def critical_header(_world, draft):
    draft.header.update({"crit": ["exp"], "exp": 1})


@mutation("signed by an own key that the header carries as jwk, jku and x5c")
def key_in_header(world, draft):
    draft.key = world.keys.want("unpublished")
    jwk = draft.key.jwk(world.login)
    draft.header.update({"kid": draft.key.kid, "jwk": jwk, "x5c": jwk["x5c"], "jku": f"{world.login}/jku/keys"})


@mutation("cut in the middle of the signature")
def cut(_world, draft):
    draft.finish.append(lambda text: text[:-100])


@mutation("only two parts")
def two_parts(_world, draft):
    draft.finish.append(lambda text: text.rsplit(".", 1)[0])


@mutation("four parts")
def four_parts(_world, draft):
    draft.finish.append(lambda text: text + ".AAAA")


@mutation("base64url with padding")
def padded(_world, draft):
    draft.finish.append(lambda text: ".".join(part + "=" * (-len(part) % 4) for part in text.split(".")))


@mutation("non-canonical base64url: the spare bits of the signature's last character are set")
def noncanonical(_world, draft):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    draft.finish.append(lambda text: text[:-1] + alphabet[alphabet.index(text[-1]) | 1])


@answer("the keys rotate right after these tokens were signed; the old key stays published")
def rotate_after_keep(world, _reply):
    world.keys.rotate(False)


@answer("the keys rotate right after these tokens were signed; the old key is published no more")
def rotate_after_drop(world, _reply):
    world.keys.rotate(True)


@answer("the ID token stands in the access token's place")
def id_token_as_access_token(_world, reply):
    reply["access_token"] = reply.get("id_token", "")


@answer("the access token stands in the ID token's place")
def access_token_as_id_token(_world, reply):
    reply["id_token"] = reply["access_token"]


@answer("no ID token though openid was asked for")
def no_id_token(_world, reply):
    reply.pop("id_token", None)


@answer("no access token")
def no_access_token(_world, reply):
    reply.pop("access_token", None)


@answer("expires_in is a string")
def text_expires_in(_world, reply):
    reply["expires_in"] = str(reply["expires_in"])


@answer("no expires_in")
def no_expires_in(_world, reply):
    reply.pop("expires_in", None)


@answer("token_type is not Bearer")
def other_token_type(_world, reply):
    reply["token_type"] = "pop"


@answer("client_info names another home than idp does")
def other_client_info(_world, reply):
    text = json.dumps({"uid": OTHER_GUID, "utid": OTHER_GUID})
    reply["client_info"] = b64url(text.encode())


@answer("an opaque access token that is no JWT")
def opaque_access_token(_world, reply):
    reply["access_token"] = "EwB4A8l6BAAU" + b64url(b"\x07" * 300)
