//! One orchestrator and one simulator that know each other, over real HTTP.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use clap::Parser as _;
use countersign_orchestrator::ident::RpId;
use countersign_orchestrator::idv::{Idv, SignatureKeys, sign};
use countersign_orchestrator::seal::Sealer;
use countersign_orchestrator::secret::Secret;
use countersign_orchestrator::service::{Service, Terms};
use countersign_orchestrator::simulator::{Secrets, Settings, Simulator};
use countersign_orchestrator::store::Store;
use countersign_orchestrator::verdict::VerdictSigner;
use countersign_orchestrator::{api, outgoing, serve};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::clock::ManualClock;

pub(crate) const BEARER: &str = "bearer-token-of-the-tests";
pub(crate) const PREVIOUS_BEARER: &str = "bearer-token-before";
pub(crate) const API_TOKEN: &str = "api_sandbox.of-the-tests";
pub(crate) const WEBHOOK_TOKEN: &str = "webhook-token-of-the-tests";
pub(crate) const PREVIOUS_WEBHOOK_TOKEN: &str = "webhook-token-before";
pub(crate) const REGISTRATION: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const STEP_UP: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const RECOVERY: &str = "33333333-3333-4333-8333-333333333333";
pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const OTHER_KEY: &str = "HxAAAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4=";
/// base64url of 32 bytes.
pub(crate) const CHALLENGE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
/// RFC 7515, appendix A.3.1.
pub(crate) const VERDICT_KEY: &str =
    r#"{"kty":"EC","crv":"P-256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
pub(crate) const SESSION_SECONDS: i64 = 600;
pub(crate) const HANDOFF_SECONDS: i64 = 300;
pub(crate) const ELEVATION_SECONDS: i64 = 24 * 60 * 60;
/// Long enough for what a test does meanwhile on a busy machine.
const IDV_TIMEOUT: Duration = Duration::from_secs(2);
pub(crate) const REFRESH_SECONDS: i64 = 3;

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) service: Arc<Service>,
    pub(crate) http: Client,
    pub(crate) base: String,
    pub(crate) idv: String,
    pub(crate) database: String,
    /// Each serves until it is dropped.
    pub(crate) servers: Vec<oneshot::Sender<()>>,
}

pub(crate) type Answer = (StatusCode, Value);

static KEYS: AtomicU64 = AtomicU64::new(0);

impl World {
    pub(crate) async fn start(database: &str) -> Self {
        let clock = ManualClock::at(1_800_000_000);
        let workflows = [
            ("--registration-workflow", REGISTRATION),
            ("--step-up-workflow", STEP_UP),
            ("--recovery-workflow", RECOVERY),
        ];
        let flags = ["simulator"].into_iter().chain(workflows.into_iter().flat_map(<[&str; 2]>::from));
        let settings = Settings::try_parse_from(flags).expect("the simulator's settings");
        let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let url = format!("http://{address}");
        let secret = |text: &str| Secret::new(text.to_owned());
        let secrets = Secrets {
            api_token: secret(API_TOKEN),
            webhook_token: secret(WEBHOOK_TOKEN),
            client_secret: None,
        };
        let simulator =
            Simulator::new(&settings, &url, secrets, Box::new(clock.clone())).expect("a simulator");
        let stop = run(listener, Arc::new(simulator).router());
        let mut world = Self::before(database, &url, clock, KEY, None).await;
        world.servers.push(stop);
        let answer = world
            .http
            .post(format!("{url}/v3.6/webhooks"))
            .header("authorization", format!("Token token={API_TOKEN}"))
            .json(&json!({"url": format!("{}/v1/webhooks/idv", world.base)}))
            .send()
            .await
            .expect("the simulator answers");
        assert_eq!(answer.status(), StatusCode::CREATED);
        world
    }

    /// An orchestrator in front of somebody else's IDV API.
    pub(crate) async fn before(
        database: &str,
        idv: &str,
        clock: ManualClock,
        key: &str,
        previous_key: Option<&str>,
    ) -> Self {
        let secret = |text: &str| Secret::new(text.to_owned());
        let service = Arc::new(Service {
            store: Store::open(database).await.expect("a database"),
            idv: Idv::new(&format!("{idv}/v3.6"), &secret(API_TOKEN), IDV_TIMEOUT).expect("a client"),
            webhook_keys: SignatureKeys::new([secret(WEBHOOK_TOKEN), secret(PREVIOUS_WEBHOOK_TOKEN)]),
            sealer: Sealer::new(key, previous_key).expect("a key"),
            signer: Some(signer()),
            clock: Box::new(clock.clone()),
            terms: Terms {
                registration_workflow: REGISTRATION.to_owned(),
                step_up_workflow: STEP_UP.to_owned(),
                recovery_workflow: RECOVERY.to_owned(),
                session_seconds: SESSION_SECONDS,
                handoff_seconds: HANDOFF_SECONDS,
                elevation_seconds: ELEVATION_SECONDS,
                refresh_seconds: REFRESH_SECONDS,
                refresh_patience: Duration::from_millis(500),
            },
        });
        let (listener, address) = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let stop =
            run(listener, api::router(Arc::clone(&service), &[secret(BEARER), secret(PREVIOUS_BEARER)]));
        Self {
            clock,
            service,
            http: outgoing::client(Duration::from_secs(20)).expect("a client"),
            base: format!("http://{address}"),
            idv: idv.to_owned(),
            database: database.to_owned(),
            servers: vec![stop],
        }
    }

    /// Another process, as it were, on the same database, IDV account and clock.
    pub(crate) async fn twin(&self) -> Self {
        Self::before(&self.database, &self.idv, self.clock.clone(), KEY, None).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(BEARER)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_as(&fresh_key(), path, body).await
    }

    pub(crate) async fn post_as(&self, key: &str, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    /// Opens a session and answers its id and capture page.
    pub(crate) async fn open(&self, flow: &str, user: &str) -> Opened {
        let (status, body) = self.post("/v1/sessions", &opening(flow, user)).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        Opened::from(&body)
    }

    pub(crate) async fn capture(&self, session: &Opened, face: &str) {
        self.capture_with(session, &json!({"face": face})).await;
    }

    pub(crate) async fn capture_with(&self, session: &Opened, body: &Value) {
        let (status, answer) = answer(self.http.post(&session.capture).json(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    pub(crate) async fn status(&self, session: &Opened) -> String {
        let (status, body) = self.get(&session.path()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        word(&body, "status")
    }

    pub(crate) async fn complete(&self, session: &Opened, credential: &str) -> Answer {
        self.post(&format!("{}/complete", session.path()), &json!({"credential_id": credential})).await
    }

    /// A registration from begin to end.
    /// The registration that it took.
    pub(crate) async fn enrol(&self, user: &str, credential: &str) -> Opened {
        let session = self.open("registration", user).await;
        self.capture(&session, "mine").await;
        let (status, body) = self.complete(&session, credential).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        session
    }

    pub(crate) async fn send_webhook(&self, body: &[u8], signature: Option<&str>) -> Answer {
        let request = self.http.post(format!("{}/v1/webhooks/idv", self.base)).body(body.to_vec());
        answer(signature.into_iter().fold(request, |request, s| request.header("x-sha2-signature", s))).await
    }

    pub(crate) async fn send_signed(&self, event: &Value) -> Answer {
        let body = event.to_string();
        self.send_webhook(body.as_bytes(), Some(&sign(WEBHOOK_TOKEN, body.as_bytes()))).await
    }
}

pub(crate) struct Opened {
    pub(crate) id: String,
    pub(crate) capture: String,
}

impl Opened {
    pub(crate) fn from(body: &Value) -> Self {
        Self { id: word(body, "id"), capture: word(&body["client"], "captureUrl") }
    }

    pub(crate) fn path(&self) -> String {
        format!("/v1/sessions/{}", self.id)
    }

    /// The last part of the capture page's address.
    pub(crate) fn run_id(&self) -> &str {
        self.capture.rsplit('/').next().expect("a run id")
    }

    pub(crate) fn event(&self, status: &str) -> Value {
        json!({"payload": {
            "resource_type": "workflow_run", "action": "workflow_run.completed",
            "object": {"id": self.run_id(), "status": status},
        }})
    }
}

fn signer() -> VerdictSigner {
    let rp_ids = ["localhost", "bank.example"].map(|id| RpId::try_from(id.to_owned()).expect("a host name"));
    VerdictSigner::parse(VERDICT_KEY).expect("a signing key").for_recoveries_at(rp_ids.to_vec())
}

pub(crate) fn opening(flow: &str, user: &str) -> Value {
    json!({"flow": flow, "external_user_id": user, "rp_id": "localhost", "challenge": CHALLENGE})
}

pub(crate) fn with(mut body: Value, members: Value) -> Value {
    let members: HashMap<String, Value> = serde_json::from_value(members).expect("an object");
    for (name, value) in members {
        body[name] = value;
    }
    body
}

pub(crate) fn fresh_key() -> String {
    format!("key-{}", KEYS.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn word(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no text `{name}` in {body}")).to_owned()
}

pub(crate) fn code(body: &Value) -> String {
    word(&body["error"], "code")
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let bytes = response.bytes().await.expect("a whole answer");
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// Serves until the sender is dropped.
pub(crate) fn run(listener: tokio::net::TcpListener, router: Router) -> oneshot::Sender<()> {
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(serve::run(listener, router, async {
        let _ = stopped.await;
    }));
    stop
}
