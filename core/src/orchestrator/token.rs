//! Access tokens of an orchestrator that gives them for the asking (RFC 6749 section 4.4).

use super::call::{Call, Exchanged};
use super::operation::Operation;
use crate::json;
use crate::policy::{Orchestrator, TokenSource};

/// Seconds before its end at which an access token is not used any more.
const EARLY: u64 = 30;

/// An access token is never kept longer, whatever the answer says: 1 day.
const LONGEST: u64 = 86_400;

impl Call {
    /// Adds the token, where the call needs one.
    pub(crate) fn authorize(&mut self, token: &str) {
        if self.needs_token {
            self.headers.push(("authorization".to_owned(), format!("Bearer {token}")));
            self.needs_token = false;
        }
    }
}

impl TokenSource {
    /// The request for one, which another call needs.
    pub(crate) fn call(&self, orchestrator: &Orchestrator, cause: &Call) -> Call {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            header(":method", "POST"),
            header(":path", &self.path),
            header(":authority", &orchestrator.authority),
            header("accept", "application/json"),
            header("content-type", "application/x-www-form-urlencoded"),
        ];
        headers.extend(cause.trace());
        Call {
            operation: Operation::Token,
            cluster: orchestrator.cluster.clone(),
            headers,
            body: Some(self.form.expose().to_vec()),
            timeout_ms: orchestrator.timeout_ms,
            rest: None,
            needs_token: false,
        }
    }

    /// The token, and for how many seconds it may be used.
    pub(crate) fn read(&self, answer: Option<&Exchanged>) -> Option<(String, u64)> {
        let answer = answer.filter(|answer| (200..=299).contains(&answer.headers.status()))?;
        let body = json::parse(&answer.body, 8).ok()?;
        let token = body.at(&self.token)?.as_str()?;
        let usable = (1..=8192).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        let seconds = body.at(&self.expires_in)?.as_u64()?.min(LONGEST).saturating_sub(EARLY);
        usable.then(|| (token.to_owned(), seconds))
    }
}
