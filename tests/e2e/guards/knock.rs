//! What a row is: one request to the ingress, and what must become of it.

use countersign_tests::client::{Answer, Ask, Broken, Protocol};
use countersign_tests::{plugin, raw, refusal};

use super::ingress::Ingress;

#[derive(Clone)]
pub(crate) struct Knock {
    pub(crate) name: String,
    attempt: Attempt,
    expected: Expected,
    host: &'static str,
    /// The same with nothing wrong about it: it must have passed before the row counts.
    twin: Option<Ask>,
    only: Option<Protocol>,
}

/// What is sent.
#[derive(Clone)]
pub(crate) enum Attempt {
    Ask(Ask),
    /// These bytes, in these pieces, on a connection of their own.
    Raw(Vec<Vec<u8>>),
}

#[derive(Clone)]
enum Expected {
    /// It arrives, with this body to the byte.
    Arrives(Vec<u8>),
    Refused {
        code: &'static str,
        /// The head says enough.
        at_once: bool,
    },
}

impl Knock {
    /// A request that arrives as it was sent.
    pub(crate) fn passes(name: impl Into<String>, ask: Ask) -> Self {
        let body = ask.body.clone().unwrap_or_default().to_vec();
        Self::new(name, Attempt::Ask(ask), Expected::Arrives(body), None)
    }

    /// The same, piece by piece; `body` is what they come to.
    pub(crate) fn passes_in_pieces(name: impl Into<String>, pieces: Vec<Vec<u8>>, body: &[u8]) -> Self {
        Self::new(name, Attempt::Raw(pieces), Expected::Arrives(body.to_vec()), None).http1()
    }

    /// A request that is refused where its honest twin passes.
    pub(crate) fn refused(name: impl Into<String>, code: &'static str, twin: &Ask, ask: Ask) -> Self {
        let expected = Expected::Refused { code, at_once: false };
        Self::new(name, Attempt::Ask(ask), expected, Some(twin.clone()))
    }

    /// The same, piece by piece.
    pub(crate) fn refused_in_pieces(
        name: impl Into<String>,
        code: &'static str,
        twin: &Ask,
        pieces: Vec<Vec<u8>>,
    ) -> Self {
        let expected = Expected::Refused { code, at_once: false };
        Self::new(name, Attempt::Raw(pieces), expected, Some(twin.clone())).http1()
    }

    fn new(name: impl Into<String>, attempt: Attempt, expected: Expected, twin: Option<Ask>) -> Self {
        Self { name: name.into(), attempt, expected, host: plugin::INGRESS, twin, only: None }
    }

    /// After this has passed.
    pub(crate) fn after(mut self, twin: Ask) -> Self {
        self.twin = Some(twin);
        self
    }

    /// Refused before the body: not even a head goes on.
    pub(crate) fn at_once(mut self) -> Self {
        if let Expected::Refused { at_once, .. } = &mut self.expected {
            *at_once = true;
        }
        self
    }

    /// Under another host.
    pub(crate) fn to(mut self, host: &'static str) -> Self {
        self.host = host;
        self
    }

    /// Only over HTTP/1.1.
    pub(crate) fn http1(mut self) -> Self {
        self.only = Some(Protocol::Http1);
        self
    }

    pub(crate) fn speaks(&self, protocol: Protocol) -> bool {
        self.only.is_none_or(|only| only == protocol)
    }

    pub(crate) async fn run(&self, lab: &Ingress, protocol: Protocol) {
        if let Some(twin) = &self.twin {
            let body = twin.body.clone().unwrap_or_default();
            let answer = self.send(lab, protocol, Attempt::Ask(twin.clone()), plugin::INGRESS).await;
            expect_arrival(lab, &answer, &body).await;
        }
        let answer = self.send(lab, protocol, self.attempt.clone(), self.host).await;
        match &self.expected {
            Expected::Arrives(body) => expect_arrival(lab, &answer, body).await,
            Expected::Refused { code, at_once } => {
                refusal::expect(&answer.expect("a refusal"), &[code]);
                lab.expect_untouched(*at_once).await;
            }
        }
    }

    async fn send(
        &self,
        lab: &Ingress,
        protocol: Protocol,
        attempt: Attempt,
        host: &str,
    ) -> Result<Answer, Broken> {
        lab.reset();
        let mut client = lab.client(protocol);
        host.clone_into(&mut client.authority);
        match attempt {
            Attempt::Ask(ask) => client.send(ask).await,
            Attempt::Raw(pieces) => raw::exchange(client.address, &pieces).await,
        }
    }
}

/// Exactly one request, complete, with this body and nothing of ours.
async fn expect_arrival(lab: &Ingress, answer: &Result<Answer, Broken>, body: &[u8]) {
    let answer = answer.as_ref().expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let seen = lab.seen().await;
    let [seen] = seen.as_slice() else { panic!("{} requests arrived", seen.len()) };
    assert!(seen.complete && seen.body == body, "arrived: {}", String::from_utf8_lossy(&seen.body));
    let ours = seen.headers.keys().find(|name| name.as_str().starts_with("countersign"));
    assert!(
        ours.is_none() && !seen.cookies().iter().any(|(name, _)| name.starts_with("__Host-cs-")),
        "{ours:?}"
    );
}
