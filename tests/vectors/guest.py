"""Writes guest.json: what the guest is asked and must answer, on every host that runs it; and of these the few that
Keycloak's provider asks when it starts.

`python3 tests/vectors/guest.py` writes it anew. What must be answered is what the published vectors say of
themselves (webauthn_l3.json) and what the contract's table of refusals says; no code of Countersign is asked.
"""

import base64
import copy
import json
import pathlib

HERE = pathlib.Path(__file__).parent


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def bits(flags):
    names = {"userVerified": "UV", "backupEligible": "BE", "backedUp": "BS"}
    return {ours: flags[theirs] for ours, theirs in names.items()}


def refusal(code, reason):
    return {"refusal": {"code": code, "reason": reason}}


def expected(vector, leg, **more):
    challenge = b64(bytes.fromhex(vector[leg]["raw_hex"]["challenge"]))
    return {"challenge": challenge, "origins": ["https://example.org"], "rpId": "example.org", **more}


def assertion(vector, **more):
    posted = vector["authentication"]["AuthenticationResponseJSON"]
    key = bytes.fromhex(vector["registration"]["authData_decoded"]["credentialPublicKey_cose_hex"])
    about = {"credentialId": posted["id"], "publicKey": b64(key), "userVerification": False, **more}
    about = expected(vector, "authentication", **about)
    return {"op": "assertion", "credentialId": posted["id"], **posted["response"], "expected": about}


def registration(vector, algorithms):
    posted = vector["registration"]["RegistrationResponseJSON"]
    about = expected(vector, "registration", userVerification=False, algorithms=algorithms)
    members = {name: posted["response"][name] for name in ("clientDataJSON", "attestationObject")}
    return {"op": "registration", "credentialId": posted["id"], **members, "expected": about}


def published(vector):
    """The two ceremonies of a vector."""
    name, algorithm = vector["name"], vector["alg"]
    framed = refusal("ceremony_mismatch", "cross-origin")

    data = vector["authentication"]["authData_decoded"]
    passed = {**bits(data["flags"]), "signCount": data["signCount"]}
    passed["signature"] = "verified" if algorithm == -7 else "not_checked"
    is_framed = vector["authentication"]["clientData_decoded"].get("crossOrigin", False)
    yield f"authentication: {name}", assertion(vector), framed if is_framed else {"passed": passed}

    data = vector["registration"]["authData_decoded"]
    passed = {
        "credentialId": b64(bytes.fromhex(data["credentialId_hex"])),
        "publicKey": b64(bytes.fromhex(data["credentialPublicKey_cose_hex"])),
        "algorithm": algorithm,
        **bits(data["flags"]),
        "signCount": data["signCount"],
    }
    is_framed = vector["registration"]["clientData_decoded"].get("crossOrigin", False)
    answer = framed if is_framed else {"passed": passed}
    yield f"registration: {name}", registration(vector, [-8, algorithm, -65535]), answer


def changed(document, *path, to):
    """The document with another value at `path`; `to` may be a function of the old one. None takes it out."""
    document = copy.deepcopy(document)
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    value = to(parent.get(path[-1])) if callable(to) else to
    if value is None:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return document


def client_data(old, new):
    def replaced(text):
        plain = unb64(text).decode()
        assert old in plain, old
        return b64(plain.replace(old, new, 1).encode())

    return replaced


def flipped(at, mask):
    def with_bits(text):
        data = bytearray(unb64(text))
        data[at] ^= mask
        return b64(bytes(data))

    return with_bits


def attacks(vectors):
    plain, other = vectors[0], vectors[5]
    good = assertion(plain)
    verified = assertion(other, userVerification=True)
    new = registration(plain, [-7])
    other_key = assertion(other)["expected"]["publicKey"]
    challenge = good["expected"]["challenge"]
    user, stranger = b64(b"f81d4fae-7dec-11d0"), b64(b"f81d4fae-7dec-11d1")
    owned = changed(changed(good, "userHandle", to=user), "expected", "userHandle", to=user)
    data = plain["authentication"]["authData_decoded"]
    passed = {"passed": {**bits(data["flags"]), "signCount": data["signCount"], "signature": "verified"}}
    data = other["authentication"]["authData_decoded"]
    passed_verified = {"passed": {**bits(data["flags"]), "signCount": data["signCount"], "signature": "verified"}}

    def malformed(reason):
        return refusal("malformed_credential", reason)

    def request(reason):
        return refusal("malformed_request", reason)

    client, auth = "clientDataJSON", "authenticatorData"
    rows = [
        ("its own user's handle", owned, passed),
        ("an empty user handle is none", changed(good, "userHandle", to=""), passed),
        ("a stored user handle alone", changed(owned, "userHandle", to=None), passed),
        ("another user's handle", changed(owned, "userHandle", to=stranger), refusal("credential_mismatch", "user handle")),
        ("a user handle nobody asked for", changed(good, "userHandle", to=user), refusal("credential_mismatch", "user handle")),
        ("user verification asked for and given", verified, passed_verified),
        (
            "user verification asked for and not given",
            changed(good, "expected", "userVerification", to=True),
            refusal("user_unverified", "user-verified flag not set"),
        ),
        (
            "nobody present",
            changed(good, auth, to=flipped(32, 0x01)),
            refusal("user_unverified", "user-present flag not set"),
        ),
        ("backed up without being eligible", changed(good, auth, to=flipped(32, 0x08)), malformed("backup_state")),
        ("user verification set by hand", changed(good, auth, to=flipped(32, 0x04)), refusal("credential_mismatch", "signature")),
        ("a counter set by hand", changed(good, auth, to=flipped(36, 0x01)), refusal("credential_mismatch", "signature")),
        ("another RP ID", changed(good, auth, to=flipped(0, 0x80)), refusal("ceremony_mismatch", "RP ID")),
        ("a byte after the authenticator data", changed(good, auth, to=lambda text: b64(unb64(text) + b"\0")), malformed("authenticator_data_trailing")),
        ("authenticator data cut short", changed(good, auth, to=lambda text: b64(unb64(text)[:36])), malformed("authenticator_data_truncated")),
        ("the signature of something else", changed(good, "signature", to=assertion(other)["signature"]), refusal("credential_mismatch", "signature")),
        ("no DER in the signature", changed(good, "signature", to=b64(bytes(64))), refusal("credential_mismatch", "signature")),
        ("an empty signature", changed(good, "signature", to=""), refusal("credential_mismatch", "signature")),
        ("another key", changed(good, "expected", "publicKey", to=other_key), refusal("credential_mismatch", "signature")),
        ("another stored credential", changed(good, "expected", "credentialId", to=b64(b"other")), refusal("credential_mismatch", "credential id")),
        ("padding on the signature", changed(good, "signature", to=lambda text: text + "="), malformed("base64url")),
        ("the other alphabet", changed(good, client, to="+" + good[client][1:]), malformed("base64url")),
        ("a line end", changed(good, client, to=lambda text: text + "\n"), malformed("base64url")),
        ("tail bits on the credential id", changed(good, "credentialId", to=lambda text: text[:-1] + "R"), malformed("base64url")),
        ("an empty credential id", changed(good, "credentialId", to=""), malformed("id_length")),
        ("no client data", changed(good, client, to=None), malformed("member_missing")),
        ("no signature", changed(good, "signature", to=None), malformed("member_missing")),
        ("another ceremony's challenge", changed(good, "expected", "challenge", to=b64(bytes(32))), refusal("ceremony_unknown", "challenge")),
        (
            "a second challenge in the client data",
            changed(good, client, to=client_data('"challenge":', f'"challenge":"{b64(bytes(32))}","challenge":')),
            malformed("client_data_duplicate"),
        ),
        ("a challenge in another case", changed(good, client, to=client_data('"origin"', '"Challenge":"AAAA","origin"')), malformed("client_data_case")),
        ("the challenge with padding", changed(good, client, to=client_data(challenge, challenge + "=")), malformed("client_data_challenge")),
        ("a byte order mark", changed(good, client, to=client_data("{", "\ufeff{")), malformed("client_data_byte_order_mark")),
        ("a registration's client data", changed(good, client, to=client_data("webauthn.get", "webauthn.create")), refusal("ceremony_mismatch", "type")),
        ("a subdomain's origin", changed(good, client, to=client_data("https://example.org", "https://evil.example.org")), refusal("ceremony_mismatch", "origin")),
        ("an origin that begins alike", changed(good, client, to=client_data("https://example.org", "https://example.org.evil.example")), refusal("ceremony_mismatch", "origin")),
        ("http", changed(good, client, to=client_data("https://example.org", "http://example.org")), refusal("ceremony_mismatch", "origin")),
        ("in a frame", changed(good, client, to=client_data('"crossOrigin":false', '"crossOrigin":true')), refusal("ceremony_mismatch", "cross-origin")),
        ("a top origin alone", changed(good, client, to=client_data('"crossOrigin":false', '"topOrigin":"https://example.com"')), refusal("ceremony_mismatch", "cross-origin")),
        ("a second origin of the identity provider", changed(good, "expected", "origins", to=["https://other.example", "https://example.org"]), passed),
        ("no origin expected", changed(good, "expected", "origins", to=[]), request("origins")),
        ("a number among the origins", changed(good, "expected", "origins", to=["https://example.org", 1]), request("origins")),
        ("no challenge expected", changed(good, "expected", "challenge", to=""), request("challenge")),
        ("no word on user verification", changed(good, "expected", "userVerification", to=None), request("userVerification")),
        ("user verification as text", changed(good, "expected", "userVerification", to="true"), request("userVerification")),
        ("a stored key that is none", changed(good, "expected", "publicKey", to=b64(b"\xa0")), request("publicKey")),
        ("nothing expected", changed(good, "expected", to=None), request("expected")),
        ("a member nobody knows", changed(good, "rpId", to="example.org"), request("unknown member")),
        ("a member nobody knows, inside", changed(good, "expected", "crossOrigin", to=True), request("unknown member")),
        ("an attestation in an authentication", changed(good, "op", to="registration"), request("unknown member")),
        ("an algorithm that was not offered", changed(new, "expected", "algorithms", to=[-8, -257]), refusal("ceremony_mismatch", "algorithm")),
        ("a text for an algorithm", changed(new, "expected", "algorithms", to=[-7, "-8"]), request("algorithms")),
        ("another id than the attested one", changed(new, "credentialId", to=b64(b"other")), malformed("attested_id")),
        ("an authentication's client data", changed(new, client, to=client_data("webauthn.create", "webauthn.get")), refusal("ceremony_mismatch", "type")),
        ("a byte after the attestation object", changed(new, "attestationObject", to=lambda text: b64(unb64(text) + b"\0")), malformed("cbor_trailing")),
        (
            "registration: user verification asked for and not given",
            changed(new, "expected", "userVerification", to=True),
            refusal("user_unverified", "user-verified flag not set"),
        ),
    ]
    yield from rows


KNOWN = HERE.parent.parent / "keycloak-spi-wasm/provider/src/main/resources/countersign/keycloak/guest/known-answers.json"
KNOWN_NAMES = [
    "registration: ES256 Credential with No Attestation",
    "authentication: ES256 Credential with No Attestation",
    "authentication: Packed Attestation with ES256 Credential",
    "the signature of something else",
    "user verification set by hand",
    "another RP ID",
    "a second challenge in the client data",
    "padding on the signature",
]


def write(path, rows):
    lines = (json.dumps({"name": name, "document": document, "answer": answer}) for name, document, answer in rows)
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def main():
    vectors = json.loads((HERE / "webauthn_l3.json").read_text())["vectors"]
    rows = [row for vector in vectors for row in published(vector)] + list(attacks(vectors))
    assert len({name for name, _, _ in rows}) == len(rows)
    write(HERE / "guest.json", rows)
    write(KNOWN, [next(row for row in rows if row[0] == name) for name in KNOWN_NAMES])


if __name__ == "__main__":
    main()
