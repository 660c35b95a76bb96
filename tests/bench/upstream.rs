//! What stands behind Envoy: a relying party and an orchestrator that answer at once and remember nothing.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use countersign_tests::authenticator::Passkey;
use countersign_tests::encoding::{base64url, random, rfc3339_in};
use countersign_tests::orchestrator::{Session, Signer};
use countersign_tests::plugin::RP_ID;
use countersign_tests::serving::{Payload, Server, Severed};
use countersign_tests::stage::USER;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};

/// Both, and how often each was asked.
pub(crate) struct Upstreams {
    /// Its only passkey.
    pub(crate) passkey: Passkey,
    relying_party: Counted,
    orchestrator: Counted,
    /// The same, with signed verdicts.
    signing: Counted,
    /// What it signs with.
    pub(crate) signer: Signer,
}

/// Session id → verdict.
type Signed = Mutex<HashMap<String, String>>;

struct Counted {
    server: Server,
    requests: Arc<AtomicU64>,
}

impl Upstreams {
    pub(crate) async fn start() -> Self {
        let passkey = Passkey::new(USER);
        let signer = Signer::new("bench");
        let (id, cose) = (passkey.id_text(), base64url(passkey.cose_key()));
        let relying_party = Counted::start(move |line, _| relying_party(line, &id)).await;
        let key = cose.clone();
        let orchestrator = Counted::start(move |line, body| orchestrator(line, body, &key, None)).await;
        let by = signer.clone();
        let signed = Signed::default();
        let signing = Counted::start(move |line, body| signing(line, body, &cose, &by, &signed)).await;
        Self { passkey, relying_party, orchestrator, signing, signer }
    }

    /// Envoy's clusters: name and address.
    pub(crate) fn clusters(&self) -> [(&'static str, SocketAddr); 3] {
        [
            ("bank", self.relying_party.server.address()),
            ("orchestrator", self.orchestrator.server.address()),
            ("signing", self.signing.server.address()),
        ]
    }

    /// Requests that reached the relying party so far, a gateway's own included.
    pub(crate) fn arrived(&self) -> u64 {
        self.relying_party.requests.load(Ordering::Relaxed)
    }

    /// Requests that reached either orchestrator so far.
    pub(crate) fn callouts(&self) -> u64 {
        self.orchestrator.requests.load(Ordering::Relaxed) + self.signing.requests.load(Ordering::Relaxed)
    }
}

impl Counted {
    async fn start(answer: impl Fn(&str, &[u8]) -> String + Send + Sync + 'static) -> Self {
        let requests = Arc::new(AtomicU64::new(0));
        let (answer, counting) = (Arc::new(answer), Arc::clone(&requests));
        let server = Server::start(move |_, request: Request<Incoming>| {
            counting.fetch_add(1, Ordering::Relaxed);
            let answer = Arc::clone(&answer);
            Box::pin(async move {
                let line = format!("{} {}", request.method(), request.uri().path());
                let body = request.into_body().collect().await.map_err(|_| Severed)?.to_bytes();
                let answer = answer(&line, &body);
                let response = Response::builder().header("content-type", "application/json");
                Ok(response.body(Payload::whole(answer)).expect("a well-formed answer"))
            })
        })
        .await;
        Self { server, requests }
    }
}

/// Options are 512 bytes, another answer is 200.
fn relying_party(line: &str, credential_id: &str) -> String {
    match line {
        "GET /generate-authentication-options" => {
            let challenge = base64url(random::<32>());
            let options = format!(
                r#"{{"rpId":"{RP_ID}","challenge":"{challenge}","allowCredentials":[{{"id":"{credential_id}","type":"public-key","transports":["internal","hybrid"]}}],"timeout":60000,"userVerification":"preferred","extensions":{{"uvm":true}},"hints":["client-device"],"note":""}}"#
            );
            let filler = "n".repeat(512 - options.len());
            options.replace(r#""note":"""#, &format!(r#""note":"{filler}""#))
        }
        "POST /verify-authentication" => r#"{"verified":true}"#.to_owned(),
        "GET /me" => format!(r#"{{"id":"{USER}"}}"#),
        _ => format!(r#"{{"balance":"{}"}}"#, "7".repeat(186)),
    }
}

/// The session's id holds its challenge's hash, so that nothing has to be remembered.
fn orchestrator(line: &str, body: &[u8], public_key: &str, verdict: Option<&str>) -> String {
    let segments: Vec<&str> = line.split('/').skip(1).collect();
    let answer = match segments.as_slice() {
        ["v1", "sessions"] => {
            let opened: Value = serde_json::from_slice(body).unwrap_or_default();
            let id = format!("ses_{}", opened["challenge"].as_str().unwrap_or(""));
            json!({ "id": id, "status": "pending", "client": { "sdkToken": "sdk" }, "expires_at": rfc3339_in(300) })
        }
        ["v1", "sessions", id] => {
            let mut answer = json!({
                "id": id, "flow": "step_up", "external_user_id": USER,
                "challenge": id.trim_start_matches("ses_"), "status": "matched",
            });
            if let Some(verdict) = verdict {
                answer["verdict"] = verdict.into();
            }
            answer
        }
        ["v1", "sessions", _, "complete"] => json!({ "status": "completed" }),
        ["v1", "credentials", _] => json!({ "external_user_id": USER, "public_key": public_key }),
        // What `ext_authz` asks.
        _ => json!({ "allowed": true }),
    };
    answer.to_string()
}

/// The same with verdicts, signed as the session is opened: before the clock runs.
fn signing(line: &str, body: &[u8], public_key: &str, signer: &Signer, signed: &Signed) -> String {
    let mut signed = signed.lock().unwrap_or_else(PoisonError::into_inner);
    let verdict = line.strip_prefix("GET /v1/sessions/").and_then(|id| signed.remove(id));
    let answer = orchestrator(line, body, public_key, verdict.as_deref());
    if line == "POST /v1/sessions" {
        let opened: Value = serde_json::from_str(&answer).unwrap_or_default();
        let id = opened["id"].as_str().unwrap_or("").to_owned();
        let verdict = signer.verdict(&Session {
            id: id.clone(),
            flow: "step_up".to_owned(),
            external_user_id: USER.to_owned(),
            rp_id: RP_ID.to_owned(),
            challenge: Some(id.trim_start_matches("ses_").to_owned()),
            status: "matched".to_owned(),
            sdk_token: String::new(),
            ..Session::default()
        });
        signed.insert(id, verdict);
    }
    answer
}
