//! What can go wrong on the way to the orchestrator and back.

use std::sync::Arc;

use hyper::Response;
use hyper::header::HeaderValue;
use serde_json::Value;
use tokio::sync::watch;

use super::answer;
use crate::serving::{Payload, Severed};

/// Changes status code and body of a right answer.
pub type Edit = Arc<dyn Fn(&mut u16, &mut Value) + Send + Sync>;

/// One way for an operation to go wrong. (A refused connection is [`crate::serving::Server::close`].)
#[derive(Clone)]
pub enum Fault {
    /// No answer until the test resets the orchestrator: the caller's timeout must end it.
    Stalled,
    /// The answer's head and first byte come, the rest does not.
    StalledInBody,
    /// The connection ends before an answer.
    CutBeforeHeaders,
    /// The connection ends in the middle of the (otherwise right) answer.
    CutInBody,
    /// The act is done, but the connection ends before the answer: the caller cannot know.
    DoneThenCut,
    /// The right answer, and then the port is closed.
    LastAnswer,
    /// Some other answer.
    Answer {
        /// The status code.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// The right answer with something changed.
    Edited(Edit),
}

impl Fault {
    /// The right answer with its JSON changed.
    pub fn edited(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Edited(Arc::new(move |_, json| edit(json)))
    }

    /// Some other answer.
    pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, body: body.into() }
    }

    pub(super) fn happens_after_the_act(&self) -> bool {
        matches!(self, Self::CutInBody | Self::DoneThenCut | Self::LastAnswer | Self::Edited(_))
    }

    pub(crate) async fn answer_with(
        self,
        mut status: u16,
        mut json: Value,
        open: &mut watch::Receiver<bool>,
    ) -> Result<Response<Payload>, Severed> {
        match self {
            Self::Stalled => {
                let _ = open.wait_for(|open| *open).await;
                Err(Severed)
            }
            Self::StalledInBody => Ok(Response::new(Payload::stalled_after("{"))),
            Self::CutBeforeHeaders | Self::DoneThenCut => Err(Severed),
            Self::CutInBody => {
                let text = json.to_string();
                Ok(Response::new(Payload::cut_after(text[..text.len() / 2].to_owned())))
            }
            Self::LastAnswer => {
                let mut answer = answer::json(status, &json);
                answer.headers_mut().insert("connection", HeaderValue::from_static("close"));
                Ok(answer)
            }
            Self::Answer { status, body } => Ok(Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(Payload::whole(body))
                .expect("a well-formed answer")),
            Self::Edited(edit) => {
                edit(&mut status, &mut json);
                Ok(answer::json(status, &json))
            }
        }
    }
}
