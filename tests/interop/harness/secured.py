"""Apache Kafka behind TLS and SASL: its listeners, its accounts, and the certificates of a test's own authority."""

from pathlib import Path

from harness.nodes import PASSWORD, USER, KafkaNode, free_ports
from harness.process import run
from harness.tools import Tools

_LOGIN = "org.apache.kafka.common.security"


class Authority:
    """Signs certificates, all in PEM files under `folder`."""

    def __init__(self, folder: Path, name: str = "authority"):
        self.folder, self.name = folder, name
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        self._openssl("req", "-x509", *self._fresh(self._key), "-days", "2", "-subj", f"/CN={name}", "-out", self.certificate)

    def issue(self, subject: str, names: str = "DNS:none") -> tuple[Path, Path]:
        """The paths of a certificate and of its key."""
        key, request, made = (self.folder / f"{self.name}-{subject}{end}" for end in (".key", ".csr", ".crt"))
        self._openssl("req", *self._fresh(key), "-subj", f"/CN={subject}", "-addext", f"subjectAltName={names}", "-out", request)
        signed = ("-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial", "-days", "2", "-copy_extensions", "copy")
        self._openssl("x509", "-req", "-in", request, *signed, "-out", made)
        return made, key

    @staticmethod
    def _fresh(key: Path) -> tuple:
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key)

    @staticmethod
    def _openssl(*arguments):
        run(["openssl", *map(str, arguments)])


class SecuredNode(KafkaNode):
    """Listeners: PLAINTEXT for the test's own needs, TLS, MUTUAL (which wants the client's certificate), SASL_TLS and SASL."""

    NAMES = ("TLS", "MUTUAL", "SASLTLS", "SASL")

    def __init__(self, folder: Path, lifetime_ms: int = 0):
        self.authority = Authority(folder / "certificates")
        certificate, key = self.authority.issue("broker", "IP:127.0.0.1,DNS:localhost")
        store = folder / "broker.pem"
        store.write_text(key.read_text() + certificate.read_text())
        self.ports = dict(zip(self.NAMES, free_ports(len(self.NAMES)), strict=True))
        self.store, self.lifetime_ms = store, lifetime_ms
        super().__init__(folder)

    def at(self, listener: str) -> str:
        return f"127.0.0.1:{self.ports[listener]}"

    def _settings(self, controller: int) -> dict[str, str]:
        settings = super()._settings(controller)
        ours = ",".join(f"{name}://{self.at(name)}" for name in self.NAMES)
        accounts = {
            "plain": f'{_LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
            "scram-sha-256": f"{_LOGIN}.scram.ScramLoginModule required;",
            "scram-sha-512": f"{_LOGIN}.scram.ScramLoginModule required;",
            "oauthbearer": f"{_LOGIN}.oauthbearer.OAuthBearerLoginModule required;",
        }
        logins = {
            f"listener.name.{listener}.{mechanism}.sasl.jaas.config": login
            for listener in ("sasl", "sasltls")
            for mechanism, login in accounts.items()
        }
        # No store of tokens' signers: Kafka's handler for unsecured tokens (RFC 7515, appendix A.5).
        unsecured = f"{_LOGIN}.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler"
        handlers = {
            f"listener.name.{listener}.oauthbearer.sasl.server.callback.handler.class": unsecured for listener in ("sasl", "sasltls")
        }
        protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,MUTUAL:SSL,SASLTLS:SASL_SSL,SASL:SASL_PLAINTEXT"
        return (
            settings
            | logins
            | handlers
            | {
                "listeners": f"PLAINTEXT://{self.address},{ours},CONTROLLER://127.0.0.1:{controller}",
                "advertised.listeners": f"PLAINTEXT://{self.address},{ours}",
                "listener.security.protocol.map": protocols,
                "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(self.store),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(self.authority.certificate),
                "listener.name.mutual.ssl.client.auth": "required",
                "connections.max.reauth.ms": str(self.lifetime_ms),
                "delegation.token.secret.key": "between brokers",
            }
        )

    def add_scram_users(self, tools: Tools):
        for bits in (256, 512):  # one request may not change a user twice
            user = ("--entity-type", "users", "--entity-name", USER)
            secret = f"SCRAM-SHA-{bits}=[password={PASSWORD}]"
            tools.java("kafka.admin.ConfigCommand", "--alter", *user, "--add-config", secret)
