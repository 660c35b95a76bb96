//! A workflow run of the simulated account.

use serde_json::{Map, Value, json};

use super::face::{self, Face};
use crate::clock::rfc3339;
use crate::idv::RESERVED_KEY;
use crate::secret::Secret;

/// What the API shows as `workflow_run`, and what it was started with.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) applicant_id: String,
    pub(super) workflow_id: String,
    pub(super) customer_user_id: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) custom_data: Map<String, Value>,
    pub(super) kind: Kind,
    pub(super) status: &'static str,
    pub(super) output: Option<Value>,
    pub(super) sdk_token: String,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

/// What a run's workflow is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A match that `IDaaS` asked for, with a face that it keeps; callers of the IDV API do not see it.
    Idaas,
    /// The live face is compared with an enrolled one: a step-up, on this device or another, or a recovery.
    Match,
    /// The live face is enrolled, and compared with the one that was enrolled before, if any.
    Registration,
}

/// A capture that cannot be taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CaptureError {
    /// The run has ended.
    Ended,
    /// The operating system gave no randomness.
    Randomness,
}

impl Run {
    /// Ends the run with what the camera saw. `is_kept` says whether the account keeps the person's face.
    pub(super) fn capture(
        &mut self,
        face: Face,
        key: &Secret<String>,
        is_kept: bool,
        now: i64,
    ) -> Result<(), CaptureError> {
        if !self.is_open() {
            return Err(CaptureError::Ended);
        }
        let (is_registration, is_kept) =
            (self.kind == Kind::Registration, is_kept || self.kind == Kind::Idaas);
        let given = self.custom_data.get(RESERVED_KEY);
        // the first registration has nothing to be compared with
        let is_enrolled = given.map_or(is_registration || is_kept, |token| face::is_ours(key, token));
        (self.status, self.output) = match face {
            Face::Abandon => ("abandoned", None),
            Face::Error => ("error", None),
            Face::Review => ("review", None),
            Face::NoReference if is_registration => ("approved", Some(json!({}))),
            Face::Mine if is_enrolled && is_registration => {
                let token = face::issue(key).map_err(|_| CaptureError::Randomness)?;
                ("approved", Some(json!({RESERVED_KEY: token})))
            }
            Face::Mine if is_enrolled => ("approved", Some(json!({}))),
            Face::Mine | Face::NoReference | Face::SomeoneElse => ("declined", Some(json!({}))),
        };
        self.updated_at = now;
        Ok(())
    }

    /// Whether this run enrolled the face of whom `other` is about.
    pub(super) fn enrolled(&self, other: &Self) -> bool {
        let is_same_person = self.applicant_id == other.applicant_id
            || self.customer_user_id.is_some() && self.customer_user_id == other.customer_user_id;
        is_same_person && self.kind == Kind::Registration && self.status == "approved"
    }

    /// Whether the capture can still be done.
    pub(super) fn is_open(&self) -> bool {
        self.status == "awaiting_input"
    }

    /// Whether a `workflow_run.completed` is sent: for every end but `abandoned`, which has no event.
    pub(super) fn has_event(&self) -> bool {
        !self.is_open() && self.status != "abandoned" && self.kind != Kind::Idaas
    }

    /// Ends the run without a capture.
    pub(super) fn abandon(&mut self, now: i64) {
        self.status = "abandoned";
        self.updated_at = now;
    }

    /// The text that the person agrees to.
    pub(super) fn display(&self) -> Option<&str> {
        self.custom_data.get("display").and_then(Value::as_str)
    }

    /// Where the person does the capture.
    pub(super) fn capture_url(&self, public_url: &str) -> String {
        format!("{public_url}/capture/{}", self.id)
    }

    /// As `GET /workflow_runs/{id}` shows it. The API leaves `error` out unless there is one.
    pub(super) fn show(&self, public_url: &str) -> Value {
        let mut shown = json!({
            "id": self.id,
            "applicant_id": self.applicant_id,
            "workflow_id": self.workflow_id,
            "workflow_version_id": 1,
            "dashboard_url": self.capture_url(public_url),
            "status": self.status,
            "output": self.output,
            "reasons": [],
            "sdk_token": self.is_open().then_some(&self.sdk_token),
            "link": {
                "url": self.capture_url(public_url),
                "completed_redirect_url": null,
                "expired_redirect_url": null,
                "expires_at": null,
                "language": "en_US",
            },
            "tags": self.tags,
            "customer_user_id": self.customer_user_id,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.updated_at),
        });
        if self.status == "error" {
            shown["error"] = json!({"type": "simulated", "message": "the capture was made to fail"});
        }
        shown
    }

    /// The webhook that tells of its end.
    pub(super) fn event(&self, public_url: &str) -> Value {
        let mut resource = self.show(public_url);
        resource["workflow_run_id"] = json!(self.id);
        if let Some(members) = resource.as_object_mut() {
            members.remove("sdk_token");
        }
        json!({"payload": {
            "resource_type": "workflow_run",
            "action": "workflow_run.completed",
            "object": {
                "id": self.id,
                "status": self.status,
                "completed_at_iso8601": rfc3339(self.updated_at),
                "href": format!("{public_url}/v3.6/workflow_runs/{}", self.id),
            },
            "resource": resource,
        }})
    }
}
