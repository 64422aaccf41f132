"""Our SDK behind TLS and SASL, on Apache Kafka: each protocol and mechanism, what is refused, and sessions that end."""

import base64
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from harness import topics
from harness.nodes import PASSWORD, USER, built
from harness.process import run
from harness.secured import Authority, SecuredNode
from harness.tools import Tools, lines, numbered
from harness.waiting import until

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
REAUTHENTICATES_EACH_MS = 2000


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secured")
    node = SecuredNode(folder, REAUTHENTICATES_EACH_MS)
    try:
        node.add_scram_users(Tools(node, folder))
        topics.create(node, "secrets", 3)
        yield node
    finally:
        node.child.kill()


class Provider:
    """An OpenID Connect provider's token endpoint, whose tokens are unsecured (RFC 7519, 6) and live for `life` seconds."""

    def __init__(self, life):
        provider = self
        self.life = life

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self):
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                known = self.headers["Authorization"] == "Basic " + base64.b64encode(b"app:secret").decode()
                answer = provider.token() if known and "grant_type=client_credentials" in form else {"error": "invalid_client"}
                self.send_response(200 if known else 401)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Endpoint)
        self.address = f"http://127.0.0.1:{self.server.server_port}/token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self):
        now = time.time()
        parts = ({"alg": "none"}, {"sub": USER, "iat": now, "exp": now + self.life})
        encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return {"access_token": ".".join([*encoded, ""]), "token_type": "Bearer", "expires_in": self.life}


@pytest.fixture
def provider():
    there = Provider(life=10)
    yield there
    there.server.shutdown()


def oidc(provider, secret="secret"):
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.token.endpoint.url": provider.address,
        "sasl.oauthbearer.client.id": "app",
        "sasl.oauthbearer.client.secret": secret,
    }


def kcli(address, properties, *arguments, stdin="", status=0, both=False):
    given = [part for name, value in properties.items() for part in ("-X", f"{name}={value}")]
    return run([built("kcli"), "-B", address, *given, *arguments], stdin, status=status, both=both)


def tls(secured):
    return {"security.protocol": "SSL", "ssl.ca.location": secured.authority.certificate}


def sasl(mechanism, password=PASSWORD):
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": mechanism,
        "sasl.username": USER,
        "sasl.password": password,
    }


def round_trip(address, properties, name, secured):
    topics.create(secured, name, 2)
    sent = numbered(2000)
    kcli(address, properties, "produce", name, "-K", ":", stdin=lines(sent))
    seen = kcli(address, properties, "consume", name, "-o", "start", "-e", "-f", "%k:%s\\n").splitlines()
    assert sorted(seen) == sorted(sent)


def test_records_over_tls(secured):
    round_trip(secured.at("TLS"), tls(secured), "tls", secured)


def test_a_raw_request_goes_the_same_way(secured):
    for address, properties in ((secured.at("TLS"), tls(secured)), (secured.at("SASL"), sasl("SCRAM-SHA-512"))):
        answer = kcli(address, properties, "raw", "ListGroups", "-o", "json", stdin="{}")
        assert '"errorCode":0' in answer.replace(" ", "")
    refused = kcli(secured.at("SASL"), sasl("PLAIN", "wrong"), "raw", "ListGroups", stdin="{}", status=1, both=True)
    assert "SASL_AUTHENTICATION_FAILED" in refused


def test_a_broker_that_wants_the_clients_certificate(secured):
    certificate, key = secured.authority.issue("client")
    own = {"ssl.certificate.location": certificate, "ssl.key.location": key}
    round_trip(secured.at("MUTUAL"), tls(secured) | own, "mutual", secured)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_records_under_sasl(secured, mechanism):
    round_trip(secured.at("SASL"), sasl(mechanism), f"sasl-{mechanism}", secured)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_records_under_sasl_over_tls(secured, mechanism):
    both = sasl(mechanism) | tls(secured) | {"security.protocol": "SASL_SSL"}
    round_trip(secured.at("SASLTLS"), both, f"sasl-tls-{mechanism}", secured)


def test_records_with_an_oidc_providers_tokens(secured, provider):
    round_trip(secured.at("SASL"), oidc(provider), "oidc", secured)
    over_tls = oidc(provider) | tls(secured) | {"security.protocol": "SASL_SSL"}
    round_trip(secured.at("SASLTLS"), over_tls, "oidc-tls", secured)


def test_an_oidc_provider_that_refuses_is_quoted(secured, provider):
    said = kcli(secured.at("SASL"), oidc(provider, "wrong"), "topic", "list", status=1, both=True)
    assert "the provider answered 401: invalid_client" in said, said
    assert "wrong" not in said


def test_javas_way_to_write_it(secured):
    login = f'org.apache.kafka.common.security.scram.ScramLoginModule required username="{USER}" password="{PASSWORD}";'
    properties = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": login,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": secured.authority.certificate,
    }
    round_trip(secured.at("SASLTLS"), properties, "java-way", secured)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_is_told_at_once(secured, mechanism):
    said = kcli(secured.at("SASL"), sasl(mechanism, "wrong"), "topic", "list", status=1, both=True)
    assert "SASL_AUTHENTICATION_FAILED" in said or "refused the credentials" in said, said
    assert "wrong" not in said.replace("wrong:", "")  # the password itself is shown to nobody


def test_a_producer_with_a_wrong_password_fails_at_once(secured):
    said = kcli(secured.at("SASL"), sasl("PLAIN", "nonsense"), "produce", "secrets", stdin="a\n", status=1, both=True)
    assert "nonsense" not in said and "credentials" in said, said


def test_a_broker_signed_by_somebody_else_is_refused(secured, tmp_path):
    stranger = Authority(tmp_path, "stranger")
    properties = tls(secured) | {"ssl.ca.location": stranger.certificate}
    said = kcli(secured.at("TLS"), properties, "topic", "list", status=1, both=True)
    assert "certificate is refused" in said, said


def test_a_listener_without_tls_is_said_to_be_none(secured):
    said = kcli(secured.address, tls(secured), "ping", "--timeout", "10s", status=3, both=True)
    assert "TLS" in said, said


def test_sasl_on_a_listener_without_is_said_to_be_out_of_place(secured):
    said = kcli(secured.address, sasl("PLAIN"), "topic", "list", status=1, both=True)
    assert "wants no SASL on this listener" in said, said


def test_sessions_that_end_are_begun_anew(secured):
    """KIP-368: record after record over the same connections for more than three sessions, and none is lost on the way."""
    topics.create(secured, "long", 1)
    given = [part for name, value in sasl("SCRAM-SHA-256").items() for part in ("-X", f"{name}={value}")]
    command = [built("kcli"), "-v", "-B", secured.at("SASL"), *given, "produce", "long"]
    end, sent = time.monotonic() + 3.5 * REAUTHENTICATES_EACH_MS / 1000, 0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        while time.monotonic() < end:
            program.stdin.write(f"{sent}\n")
            program.stdin.flush()
            sent += 1
            until(lambda: topics.end_of(secured, "long") >= sent, "the record arrives", 30)
        said, _ = program.communicate(timeout=60)
    assert program.returncode == 0, said
    assert "is gone" not in said, said
    assert topics.end_of(secured, "long") == sent
