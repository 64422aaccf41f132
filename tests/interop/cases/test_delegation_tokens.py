"""Delegation tokens (KIP-48, KIP-373) of Apache Kafka: our SDK makes, uses, renews and ends them, and Kafka's own tool sees them."""

import pytest
from harness import topics
from harness.nodes import PASSWORD, USER, built
from harness.process import run
from harness.secured import SecuredNode
from harness.tools import Tools, java, lines, numbered
from harness.waiting import until

HASHES = ("SCRAM-SHA-256", "SCRAM-SHA-512")
DAY = 86_400


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokens")
    node = SecuredNode(folder)
    try:
        node.add_scram_users(Tools(node, folder))
        yield node
    finally:
        node.child.kill()


def login(user, password, mechanism, token=False):
    """Java's way to write it, the only one that knows of tokens."""
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    options = f'username="{user}" password="{password}"' + (' tokenauth="true"' if token else "")
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": mechanism,
        "sasl.jaas.config": f"{module} required {options};",
    }


AS_USER = login(USER, PASSWORD, "SCRAM-SHA-256")


def given(properties):
    return [part for name, value in properties.items() for part in ("-X", f"{name}={value}")]


def administer(address, *arguments, properties=AS_USER):
    return run([built("administer"), *given(properties), address, *map(str, arguments)]).splitlines()


def made(secured, owner=f"User:{USER}", renewer="User:bob", lifetime=3600):
    """Id and HMAC of a new token, once the broker knows what the controller has made."""
    [said] = administer(secured.at("SASL"), "create-token", owner, renewer, lifetime)
    until(lambda: said in administer(secured.at("SASL"), "tokens"), "the broker knows the token")
    return said.split()[:2]


def kcli(secured, properties, *arguments, stdin="", status=0):
    return run([built("kcli"), "-B", secured.at("SASL"), *given(properties), *arguments], stdin, status=status, both=status != 0)


@pytest.mark.parametrize("mechanism", HASHES)
def test_who_has_a_token_is_its_owner(secured, mechanism):
    token, hmac = made(secured)
    by_token = login(token, hmac, mechanism, token=True)
    name = f"by-token-{mechanism}"
    topics.create(secured, name, 2)
    sent = numbered(100)
    kcli(secured, by_token, "produce", name, "-K", ":", stdin=lines(sent))
    assert sorted(kcli(secured, by_token, "consume", name, "-o", "start", "-e", "-f", "%k:%s\\n").splitlines()) == sorted(sent)
    refused = kcli(secured, login(token, hmac, mechanism), "topic", "list", status=1)
    assert "SASL_AUTHENTICATION_FAILED" in refused, refused  # a token is no user's password


def test_a_token_is_what_kafkas_own_tool_sees(secured, tmp_path):
    token, hmac = made(secured, owner="User:carol", lifetime=1800)
    described = f"{token} {hmac} User:carol User:{USER} 1800 User:bob"
    assert administer(secured.at("SASL"), "tokens", "User:carol") == [described]
    assert administer(secured.at("SASL"), "tokens", "User:nobody") == []
    file = tmp_path / "client.properties"
    file.write_text("".join(f"{key}={value}\n" for key, value in AS_USER.items()))
    command = ("--bootstrap-server", secured.at("SASL"), "--command-config", str(file), "--describe")
    said = run(java("DelegationTokenCommand", *command, "--owner-principal", "User:carol"))
    [row] = [line.split() for line in said.splitlines() if token in line]
    assert row[1] == hmac and "User:carol" in row and f"User:{USER}" in row, said


def test_a_token_is_renewed_and_ended(secured):
    token, hmac = made(secured)
    by_token = login(token, hmac, "SCRAM-SHA-512", token=True)
    [left] = administer(secured.at("SASL"), "renew-token", hmac, 600)
    assert 500 < int(left) <= 600
    [left] = administer(secured.at("SASL"), "renew-token", hmac, DAY)
    assert 3500 < int(left) <= 3600  # its lifetime bounds it
    assert kcli(secured, by_token, "topic", "list", "-o", "json") is not None
    [left] = administer(secured.at("SASL"), "expire-token", hmac, 60)
    assert 0 < int(left) <= 60
    [left] = administer(secured.at("SASL"), "expire-token", hmac, 0)
    assert int(left) <= 0
    assert administer(secured.at("SASL"), "expire-token", hmac, 0) == ["DELEGATION_TOKEN_NOT_FOUND"]
    assert administer(secured.at("SASL"), "renew-token", hmac, 60) == ["DELEGATION_TOKEN_NOT_FOUND"]
    until(lambda: token not in str(administer(secured.at("SASL"), "tokens")), "the broker knows that the token is no more")
    refused = kcli(secured, by_token, "topic", "list", status=1)
    assert "SASL_AUTHENTICATION_FAILED" in refused, refused


def test_tokens_are_for_those_who_authenticated_otherwise(secured):
    token, hmac = made(secured)
    by_token = login(token, hmac, "SCRAM-SHA-256", token=True)
    asked = ("create-token", "User:carol", "User:bob", 60)
    assert administer(secured.at("SASL"), *asked, properties=by_token) == ["DELEGATION_TOKEN_REQUEST_NOT_ALLOWED"]
    assert administer(secured.address, *asked, properties={}) == ["DELEGATION_TOKEN_REQUEST_NOT_ALLOWED"]


def test_what_is_no_principal_or_secret_is_refused(secured):
    assert administer(secured.at("SASL"), "create-token", USER, "User:bob", 60) == ["INVALID_PRINCIPAL_TYPE"]
    assert administer(secured.at("SASL"), "create-token", f"User:{USER}", "Group:bob", 60) == ["INVALID_PRINCIPAL_TYPE"]
    assert administer(secured.at("SASL"), "expire-token", "%", 0) == ["INVALID_REQUEST"]


def test_a_cluster_without_a_key_has_no_tokens(node):
    if node.kind == "ours":
        assert administer(node.address, "tokens", properties={}) == ["UNSUPPORTED_VERSION"]
        return
    plain = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": USER, "sasl.password": PASSWORD}
    assert administer(f"{node.host}:{node.sasl_port}", "tokens", properties=plain) == ["DELEGATION_TOKEN_AUTH_DISABLED"]
