//! An Envoy that is the ingress of an orchestrator, beside a relying party's.

use countersign_tests::client::{Ask, Carrier, Client, Protocol};
use countersign_tests::encoding::{hex, hmac_sha256};
use countersign_tests::envoy::{Envoy, Setup};
use countersign_tests::journal::Journal;
use countersign_tests::plugin;
use countersign_tests::relying_party::{RelyingParty, Seen};
use serde_json::json;

/// The token, the body and the signature of a public vector of the IDV API's own clients (onfido/onfido-node, MIT,
/// `test/studio-webhook-event-verifier.test.ts`).
pub(crate) const TOKEN: &str = "YKOC6mkBxi6yK2zlUIrLMvsJMFEZObP5";
pub(crate) const VECTOR: &str = include_str!("../../../core/src/guard/webhook/vector.json");
pub(crate) const SIGNATURE: &str = "c95a5b785484f6fa1bc25f381b5595d66bf85cb442eefb06aa007802ee6a4dfa";

/// The token before that one, which may still sign.
pub(crate) const TOKEN_BEFORE: &str = "the-token-before-that-one";

/// Where webhooks arrive.
pub(crate) const WEBHOOK: &str = "/v1/webhooks/idv";

/// A host that no guard lists and that Envoy takes to the orchestrator all the same.
pub(crate) const UNLISTED: &str = "elsewhere.example";

pub(crate) struct Ingress {
    pub(crate) envoy: Envoy,
    /// The orchestrator's stand-in: it records and answers 200, whatever comes.
    pub(crate) backend: RelyingParty,
    pub(crate) bank: RelyingParty,
    headers_can_wait: bool,
}

impl Ingress {
    pub(crate) async fn start(enforcement: &str, headers_can_wait: bool) -> Self {
        let journal = Journal::default();
        let backend = RelyingParty::start(plugin::INGRESS, journal.clone()).await;
        let bank = RelyingParty::start(plugin::RP_ID, journal).await;
        let mut configuration = plugin::configuration();
        configuration["enforcement"] = json!(enforcement);
        configuration["headers_can_wait"] = json!(headers_can_wait);
        configuration["guards"] = plugin::guards();
        configuration["guards"][0]["webhook"]["secrets"] =
            json!([{ "env": "COUNTERSIGN_WEBHOOK_TOKEN" }, { "env": "COUNTERSIGN_WEBHOOK_TOKEN_BEFORE" }]);
        let mut environment = plugin::environment();
        environment.insert("COUNTERSIGN_WEBHOOK_TOKEN".to_owned(), TOKEN.to_owned());
        environment.insert("COUNTERSIGN_WEBHOOK_TOKEN_BEFORE".to_owned(), TOKEN_BEFORE.to_owned());
        let setup = Setup {
            plugin: Some(configuration),
            headers_can_wait,
            environment,
            upgrades: true,
            virtual_hosts: vec![
                Setup::virtual_host(
                    "orchestrator",
                    &[plugin::INGRESS, "orchestrator.example:443", UNLISTED],
                    &[("/at-the-bank", "bank"), ("/", "orchestrator")],
                ),
                Setup::virtual_host(
                    "bank",
                    &[plugin::AUTHORITY],
                    &[("/at-the-orchestrator", "orchestrator"), ("/", "bank")],
                ),
            ],
            ..Setup::plain(bank.address(), backend.address())
        };
        let envoy = Envoy::start(&setup).await;
        Self { envoy, backend, bank, headers_can_wait }
    }

    pub(crate) fn reset(&self) {
        self.backend.reset();
        self.bank.reset();
    }

    pub(crate) fn client(&self, protocol: Protocol) -> Client {
        Client { protocol, carrier: Carrier::Nothing, ..Client::new(self.envoy.address, plugin::INGRESS) }
    }

    /// What reached either of the two, but for the fence.
    pub(crate) async fn seen(&self) -> Vec<Seen> {
        // One harmless request overtakes nothing: what Envoy sent before it has arrived when this returns.
        let fence =
            self.client(Protocol::Http1).send(Ask::get("/fence")).await.expect("the worker still serves");
        assert_eq!(fence.status, 200, "the worker still serves: {}", fence.text());
        let all = [self.backend.seen(), self.bank.seen()].concat();
        all.into_iter().filter(|seen| seen.path != "/fence").collect()
    }

    /// Asserts that no byte of a body came through, and no request at all where the refusal did not wait for it, or
    /// where headers can.
    pub(crate) async fn expect_untouched(&self, at_once: bool) {
        for seen in self.seen().await {
            let line = format!("{} {}", seen.method, seen.path);
            assert!(!self.headers_can_wait && !at_once, "the orchestrator saw {line}");
            assert!(seen.body.is_empty() && !seen.complete, "the orchestrator saw a body: {line}");
        }
    }
}

/// A webhook with this signature.
pub(crate) fn webhook(body: &[u8], signature: impl AsRef<[u8]>) -> Ask {
    Ask::post_bytes(WEBHOOK, body.to_vec())
        .header("content-type", "application/json")
        .header("x-sha2-signature", signature)
}

/// The signature by this token.
pub(crate) fn signature(token: &str, body: &[u8]) -> String {
    hex(hmac_sha256(token, body))
}

/// A webhook as its sender signs it.
pub(crate) fn signed(body: &[u8]) -> Ask {
    webhook(body, signature(TOKEN, body))
}
