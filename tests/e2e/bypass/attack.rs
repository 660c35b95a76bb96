//! What a row of the bypass tables is, and how it runs.

use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Answer, Ask, Broken, Client, Protocol};
use countersign_tests::lab::Lab;
use countersign_tests::raw;
use countersign_tests::refusal;
use countersign_tests::stage::Stage;
use hyper::HeaderMap;

/// One attack.
pub(crate) struct Attack {
    pub(crate) name: String,
    ceremony: Ceremony,
    attempt: Attempting,
    expected: Expected,
    verdict: &'static str,
    only: Option<Protocol>,
}

type Attempting = Box<dyn Fn(&Lab, &mut Stage) -> Attempt + Send + Sync>;

/// What is sent.
pub(crate) enum Attempt {
    /// A request of the client.
    Ask(Ask),
    /// These bytes, in these pieces, on a connection of their own.
    Raw(Vec<Vec<u8>>),
    /// The same, and then the client closes its side.
    RawThenClose(Vec<Vec<u8>>),
    /// These bytes in two parts, the second when Envoy has read the first.
    RawInTwo([Vec<u8>; 2]),
}

/// What must come back.
enum Expected {
    /// One of these refusals.
    Codes(Vec<&'static str>),
    /// Any error: Envoy itself may have refused, or cut the connection.
    NoSuccess,
}

impl Attack {
    /// An attack on the finish of a guarded sign-in that has been matched: nothing but the check under
    /// test stands between it and the relying party.
    pub(crate) fn new(
        name: impl Into<String>,
        code: &'static str,
        attempt: impl Fn(&Lab, &mut Stage) -> Attempt + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            ceremony: Ceremony::Authentication,
            attempt: Box::new(attempt),
            expected: Expected::Codes(vec![code]),
            verdict: "matched",
            only: None,
        }
    }

    /// The same on a registration.
    pub(crate) fn at_registration(mut self) -> Self {
        self.ceremony = Ceremony::Registration;
        self
    }

    /// The verdict is not there yet: a request that is well formed, but in a form that might slip by.
    pub(crate) fn while_pending(mut self) -> Self {
        self.verdict = "pending";
        self
    }

    /// Only over HTTP/1.1.
    pub(crate) fn http1(mut self) -> Self {
        self.only = Some(Protocol::Http1);
        self
    }

    /// Only over HTTP/2.
    pub(crate) fn http2(mut self) -> Self {
        self.only = Some(Protocol::Http2);
        self
    }

    /// Another refusal is as good.
    pub(crate) fn or(mut self, code: &'static str) -> Self {
        if let Expected::Codes(codes) = &mut self.expected {
            codes.push(code);
        }
        self
    }

    /// Envoy may be the one who refuses.
    pub(crate) fn by_anyone(mut self) -> Self {
        self.expected = Expected::NoSuccess;
        self
    }

    pub(crate) fn speaks(&self, protocol: Protocol) -> bool {
        self.only.is_none_or(|only| only == protocol)
    }

    pub(crate) async fn run(&self, lab: &Lab, client: Client) {
        let mut twin = self.stage(lab, client.clone()).await;
        lab.orchestrator.decide(twin.begun.session(), "matched");
        let accepted = twin.finish().await;
        assert_eq!(accepted.status, 200, "the honest twin is accepted: {}", accepted.text());
        assert_eq!(lab.finishes().len(), 1, "the honest twin reaches the relying party");

        let mut stage = self.stage(lab, client).await;
        lab.orchestrator.decide(stage.begun.session(), self.verdict);
        let answer = match (self.attempt)(lab, &mut stage) {
            Attempt::Ask(ask) => stage.client.send(ask).await,
            Attempt::Raw(pieces) => raw::exchange(stage.client.address, &pieces).await,
            Attempt::RawThenClose(pieces) => raw::exchange_then_close(stage.client.address, &pieces).await,
            // The lab's one worker answers the fence after it has read what was sent before it.
            Attempt::RawInTwo(parts) => raw::exchange_in_two(stage.client.address, &parts, lab.fence()).await,
        };
        self.expect(&answer);
        lab.expect_untouched().await;
    }

    async fn stage(&self, lab: &Lab, client: Client) -> Stage {
        lab.reset();
        match self.ceremony {
            Ceremony::Authentication => Stage::step_up(lab, client).await,
            Ceremony::Registration => Stage::registration(lab, client).await,
        }
    }

    fn expect(&self, answer: &Result<Answer, Broken>) {
        match (&self.expected, answer) {
            (Expected::Codes(codes), Ok(answer)) => refusal::expect(answer, codes),
            (Expected::Codes(codes), Err(broken)) => panic!("expected {codes:?}, got {broken:?}"),
            (Expected::NoSuccess, Ok(answer)) => {
                assert!(answer.status >= 400, "got {}: {}", answer.status, answer.text());
            }
            (Expected::NoSuccess, Err(_)) => {}
        }
    }
}

/// The honest finish with other bytes for a body.
pub(crate) fn with_body(stage: &Stage, body: impl Into<Vec<u8>>) -> Attempt {
    Attempt::Ask(Ask { body: Some(body.into().into()), ..stage.honest() })
}

/// The honest credential as text.
pub(crate) fn text(stage: &Stage) -> String {
    stage.credential().to_string()
}

/// The head of a finish as a raw HTTP/1.1 client would send it, with these headers besides.
pub(crate) fn raw_head(stage: &Stage, target: &str, extra: &[(&str, &str)]) -> Vec<u8> {
    let mut headers = vec![("host".to_owned(), stage.client.authority.clone().into_bytes())];
    headers.extend(stage.client.memory_headers().into_iter().map(|(name, value)| (name, value.into_bytes())));
    headers.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).as_bytes().to_vec())));
    raw::head(&format!("POST {target} HTTP/1.1"), &headers)
}

/// A raw finish to this target, cut in the middle of its body.
pub(crate) fn in_two_halves(stage: &Stage, target: &str) -> Attempt {
    let body = text(stage).into_bytes();
    let length = body.len().to_string();
    let head =
        raw_head(stage, target, &[("content-type", "application/json"), ("content-length", length.as_str())]);
    let (first, rest) = body.split_at(CUT);
    Attempt::RawInTwo([[head.as_slice(), first].concat(), rest.to_vec()])
}

/// Before anything in the body says that it is a credential.
const CUT: usize = 10;

/// Trailers, for requests that have some.
pub(crate) fn trailers() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-late", "1".parse().expect("a value"));
    trailers
}
