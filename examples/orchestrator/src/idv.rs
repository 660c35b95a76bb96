//! Client of the IDV API v3.6 (the public contract in `onfido/onfido-openapi-spec`, MIT).

mod run;
mod webhook;

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

pub use self::run::{BiometricReference, Link, Outcome, RESERVED_KEY, Run};
pub use self::webhook::{Event, SIGNATURE_HEADER, SignatureKeys, sign};
use crate::outgoing;
use crate::secret::Secret;

/// The longest answer that is read, in bytes: a run's output holds documents' data, not pictures.
const LONGEST_ANSWER: usize = 1 << 20;

/// Talks to one IDV account.
#[derive(Debug, Clone)]
pub struct Idv {
    http: Client,
    base: String,
    authorization: HeaderValue,
}

/// Why the IDV API could not help.
#[derive(Debug, thiserror::Error)]
pub enum IdvError {
    /// The answer was too long or not what the contract says.
    #[error("the IDV API's answer cannot be read: {0}")]
    Unreadable(&'static str),
    /// A 4xx: token, workflow or applicant are not what the account knows.
    #[error("the IDV API refused {what} with status {status}")]
    Refused {
        /// The call.
        what: &'static str,
        /// The status it answered.
        status: u16,
    },
    /// A 5xx, 408 or 429.
    #[error("the IDV API failed {what} with status {status}")]
    Failed {
        /// The call.
        what: &'static str,
        /// The status it answered.
        status: u16,
    },
    /// No answer: refused, reset or too slow.
    #[error("the IDV API cannot be reached: {0}")]
    Unreachable(&'static str),
}

/// What a workflow run is started with.
#[derive(Debug, Serialize)]
pub struct NewRun<'a> {
    /// The Studio workflow.
    pub workflow_id: &'a str,
    /// Whose run it is.
    pub applicant_id: &'a str,
    /// Our name for the same person.
    pub customer_user_id: &'a str,
    /// The workflow's input; left out when empty.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub custom_data: Map<String, Value>,
}

impl Idv {
    /// A client of `base` (`https://api.eu.onfido.com/v3.6`, no trailing slash) with an API token.
    ///
    /// # Errors
    /// When the token cannot stand in a header, or TLS cannot be set up.
    pub fn new(base: &str, token: &Secret<String>, timeout: Duration) -> Result<Self, String> {
        let mut authorization = HeaderValue::from_str(&format!("Token token={}", token.expose()))
            .map_err(|_| "the IDV API token holds characters that no header can carry".to_owned())?;
        authorization.set_sensitive(true);
        let http = outgoing::client(timeout)?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), authorization })
    }

    /// `POST /applicants`; the API wants a name, and we do not know one.
    ///
    /// # Errors
    /// See [`IdvError`].
    pub async fn create_applicant(&self) -> Result<String, IdvError> {
        let body = json!({"first_name": "Passkey", "last_name": "Holder"});
        let answer: run::Applicant =
            self.call(Method::POST, "/applicants", Some(&body), "to create an applicant", None).await?;
        checked_id(&answer.id)?;
        Ok(answer.id)
    }

    /// `POST /workflow_runs`.
    ///
    /// # Errors
    /// See [`IdvError`].
    pub async fn start_run(&self, new: &NewRun<'_>) -> Result<Run, IdvError> {
        let run: Run = self.call(Method::POST, "/workflow_runs", Some(new), "to start a run", None).await?;
        checked_id(&run.id)?;
        if run.workflow_id != new.workflow_id || run.applicant_id != new.applicant_id {
            return Err(IdvError::Unreadable("the run is not the one that was started"));
        }
        Ok(run)
    }

    /// `GET /workflow_runs/{id}`, in at most `patience`.
    ///
    /// # Errors
    /// See [`IdvError`].
    pub async fn run(&self, id: &str, patience: Duration) -> Result<Run, IdvError> {
        let path = format!("/workflow_runs/{id}");
        let run: Run = self.call(Method::GET, &path, None::<&Value>, "to show a run", Some(patience)).await?;
        if run.id != id {
            return Err(IdvError::Unreadable("another run than the one asked for"));
        }
        Ok(run)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + ?Sized)>,
        what: &'static str,
        patience: Option<Duration>,
    ) -> Result<T, IdvError> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        request = request.header(AUTHORIZATION, self.authorization.clone());
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(patience) = patience {
            request = request.timeout(patience);
        }
        let mut response = request.send().await.map_err(|error| unreachable_because(&error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(what, status));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable_because(&error))? {
            if bytes.len().saturating_add(chunk.len()) > LONGEST_ANSWER {
                return Err(IdvError::Unreadable("too long"));
            }
            bytes.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&bytes).map_err(|_| IdvError::Unreadable("not the JSON of the contract"))
    }
}

/// Ids go into paths and into the database.
fn checked_id(id: &str) -> Result<(), IdvError> {
    let is_id = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_id { Ok(()) } else { Err(IdvError::Unreadable("an id that is none")) }
}

const fn refused(what: &'static str, status: StatusCode) -> IdvError {
    let status = status.as_u16();
    match status {
        408 | 429 | 500.. => IdvError::Failed { what, status },
        _ => IdvError::Refused { what, status },
    }
}

/// Only the kind of the fault: the error's own text holds addresses.
fn unreachable_because(error: &reqwest::Error) -> IdvError {
    IdvError::Unreachable(if error.is_timeout() {
        "too slow"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    })
}
