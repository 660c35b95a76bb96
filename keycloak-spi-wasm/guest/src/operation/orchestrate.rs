//! `orchestrate`: one question to the orchestrator. The host sends what it is told to and comes back with all answers
//! so far; what they mean is read here.

use countersign::encoding::{from_base64url, to_base64url};
use countersign::es256::SoftwareEs256;
use countersign::headers::Headers;
use countersign::json::{Object, Value};
use countersign::jws;
use countersign::orchestrator::{
    self, Answer, Call, Exchanged, ExternalUserId, Failure, Operation, Progress, SessionId, Values, Verdict,
    external_user_id, replay,
};
use countersign::policy::{Flow, IdentityProvider};
use countersign::refusal::{Code, Refusal};
use countersign::time::UnixTime;
use countersign::webauthn::challenge_hash;

use super::configuration;
use crate::document::{Members, malformed};

const MEMBERS: [&str; 14] = [
    "op",
    "action",
    "flow",
    "now",
    "key",
    "rpId",
    "user",
    "challenge",
    "session",
    "rule",
    "display",
    "credential",
    "continuation",
    "answers",
];

/// Everything that the document says.
struct Question<'a> {
    policy: IdentityProvider,
    document: Members<'a>,
    flow: Flow,
    rp_id: &'a str,
    user: ExternalUserId,
    challenge: [u8; 32],
    now: UnixTime,
}

pub(super) fn perform(document: &Object) -> Result<Object, Refusal> {
    let document = Members::of(document, &[&MEMBERS[..], &configuration::MEMBERS].concat())?;
    let policy = configuration::load(&document)?;
    let flow = Flow::from_name(document.text("flow")?).filter(|flow| flow.open().is_some());
    let rp_id = document.text("rpId")?;
    let user = external_user_id(rp_id, document.text("user")?, policy.surrogate.as_ref());
    let question = Question {
        flow: flow.ok_or(malformed("flow"))?,
        rp_id,
        user: user.ok_or(Refusal::new(Code::UserUnknown, "no usable user id"))?,
        challenge: challenge_hash(&document.binary("challenge")?),
        now: UnixTime(document.number("now")?),
        policy,
        document,
    };
    match question.document.text("action")? {
        "open" => question.open(),
        "status" => question.status(),
        "complete" => question.complete(),
        "cancel" => question.cancel(),
        "exchange" => question.exchange(),
        _ => Err(malformed("action")),
    }
}

impl Question<'_> {
    fn open(&self) -> Result<Object, Refusal> {
        let operation = self.flow.open().ok_or(malformed("flow"))?;
        let named = self.document.optional_text("rule")?;
        let rule = self.policy.sign_in.rules.iter().find(|rule| Some(rule.id.as_str()) == named);
        let challenge = (self.flow != Flow::Recovery).then(|| to_base64url(&self.challenge));
        let values = Values::default()
            .with("flow", self.flow.name())
            .with("external_user_id", self.user.as_str())
            .with("rp_id", self.rp_id)
            .with_some("challenge", challenge)
            .with_some("custom_data", rule.and_then(|rule| rule.custom_data.clone()));
        let answer = match self.ask(operation, values)? {
            Progress::Ask(call) => return asked(&call),
            Progress::Answered(answer) => answer,
        };
        let opened = orchestrator::opened(&self.policy.orchestrator, operation, &answer);
        let opened = opened.map_err(orchestrator::unopened)?;
        let mut session = Object::default();
        session.insert("id", opened.session.id.as_str().into());
        if let Some(carry) = &opened.session.carry {
            session.insert("carry", carry.as_str().into());
        }
        let mut about = Object::default();
        about.insert("session", Value::Object(session));
        if let Some(client) = opened.client {
            about.insert("client", client);
        }
        Ok(answered("opened", about))
    }

    /// How far the check is; a match counts only for this user, and signed where keys are configured.
    fn status(&self) -> Result<Object, Refusal> {
        let session = self.session()?;
        let values = session.about(self.flow, &self.challenge);
        let answer = match self.ask(Operation::Status, values.clone())? {
            Progress::Ask(call) => return asked(&call),
            Progress::Answered(answer) => answer,
        };
        let status = orchestrator::status(&self.policy.orchestrator, &values, &answer);
        let status = status.map_err(orchestrator::unavailable)?;
        let another = status.user.as_ref().is_some_and(|user| *user != self.user);
        if another || (status.verdict == Verdict::Matched && status.user.is_none()) {
            return Err(Refusal::new(Code::OrchestratorUnavailable, "status of another user"));
        }
        let mut about = Object::default();
        about.insert("verdict", status.verdict.name().into());
        if status.verdict == Verdict::Matched {
            self.signed(status.jws.as_deref(), &session)?;
        } else {
            let refusal = orchestrator::ended(status.verdict, self.flow);
            about.insert("code", refusal.code.name().into());
        }
        about.insert("once", Value::Bool(self.policy.orchestrator.tells_once()));
        Ok(answered("status", about))
    }

    fn signed(&self, jws: Option<&str>, session: &SessionId) -> Result<(), Refusal> {
        let keys = &self.policy.orchestrator.verdict_keys;
        if keys.is_empty() {
            return Ok(());
        }
        let unsigned = |why| Refusal::new(Code::OrchestratorUnavailable, why);
        let expected = jws::Expected {
            audience: self.rp_id,
            subject: self.user.as_str(),
            session: &session.id,
            flow: self.flow.name(),
            challenge: (self.flow != Flow::Recovery).then_some(&self.challenge),
            now: self.now,
        };
        let jws = jws.ok_or(unsigned("verdict is not signed"))?;
        jws::verify(jws, keys, &expected, &SoftwareEs256)
            .map_err(|_| unsigned("signed verdict does not check out"))
    }

    fn complete(&self) -> Result<Object, Refusal> {
        let credential = self.document.object("credential", &["id", "publicKey", "userHandle"])?;
        let values = self
            .session()?
            .about(self.flow, &self.challenge)
            .with("credential_id", to_base64url(&credential.binary("id")?))
            .with_some("public_key", credential.optional_text("publicKey")?)
            .with_some("user_handle", credential.optional_text("userHandle")?);
        self.done(Operation::Complete, &values, |failure| match failure {
            Failure::Fault(why) => Refusal::new(Code::CompletionFailed, why),
            ended @ Failure::Ended(_) => orchestrator::refused(ended, self.flow),
        })
    }

    fn cancel(&self) -> Result<Object, Refusal> {
        let values = self.session()?.about(self.flow, &self.challenge);
        self.done(Operation::Cancel, &values, |failure| orchestrator::refused(failure, self.flow))
    }

    fn exchange(&self) -> Result<Object, Refusal> {
        let values = self.session()?.values().with("continuation", self.document.text("continuation")?);
        self.done(Operation::ExchangeContinuation, &values, |failure| {
            orchestrator::refused(failure, self.flow)
        })
    }

    fn done(
        &self,
        operation: Operation,
        values: &Values,
        refused: impl Fn(Failure) -> Refusal,
    ) -> Result<Object, Refusal> {
        let orchestrator = &self.policy.orchestrator;
        if orchestrator.does_without(operation) {
            return Ok(answered("done", Object::default()));
        }
        match self.ask(operation, values.clone())? {
            Progress::Ask(call) => asked(&call),
            Progress::Answered(answer) => {
                orchestrator::done(orchestrator, operation, values, &answer).map_err(refused)?;
                Ok(answered("done", Object::default()))
            }
        }
    }

    fn ask(&self, operation: Operation, mut values: Values) -> Result<Progress, Refusal> {
        if !operation.is_safe_to_repeat() {
            values.set("idempotency_key", self.document.text("key")?.into());
        }
        let answers = answers(self.document.any_list("answers")?)?;
        replay(&self.policy.orchestrator, operation, values, answers).map_err(orchestrator::unavailable)
    }

    fn session(&self) -> Result<SessionId, Refusal> {
        let session = self.document.object("session", &["id", "carry"])?;
        Ok(SessionId {
            id: session.text("id")?.to_owned(),
            carry: session.optional_text("carry")?.map(str::to_owned),
        })
    }
}

/// `{"status": 200, "body": base64url}` each, or `null` where nothing came back.
fn answers(list: &[Value]) -> Result<Vec<Answer>, Refusal> {
    list.iter()
        .map(|value| match value {
            Value::Null => Ok(None),
            value => {
                let object = value.as_object().ok_or(malformed("answers"))?;
                let answer = Members::of(object, &["status", "body"])?;
                let mut headers = Headers::default();
                headers.push(b":status", answer.number("status")?.to_string().as_bytes());
                let body = from_base64url(answer.text("body")?).map_err(|_| malformed("answers"))?;
                Ok(Some(Exchanged { headers, body }))
            }
        })
        .collect()
}

/// A request for the host to send: a URL, and headers that are not Envoy's business.
fn asked(call: &Call) -> Result<Object, Refusal> {
    let pseudo = |name: &str| call.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    let (Some(method), Some(path)) = (pseudo(":method"), pseudo(":path")) else {
        return Err(Refusal::new(Code::OrchestratorUnavailable, "a call without a path"));
    };
    let mut about = Object::default();
    about.insert("operation", call.operation.name().into());
    about.insert("method", method.as_str().into());
    about.insert("url", format!("{}{path}", call.cluster).as_str().into());
    let mut headers = Object::default();
    for (name, value) in call.headers.iter().filter(|(name, _)| !name.starts_with([':'])) {
        if !name.starts_with("x-envoy-") {
            headers.insert(name, value.as_str().into());
        }
    }
    about.insert("headers", Value::Object(headers));
    if let Some(body) = &call.body {
        about.insert("body", to_base64url(body).into());
    }
    about.insert("timeout", u64::from(call.timeout_ms).into());
    Ok(answered("ask", about))
}

fn answered(name: &str, about: Object) -> Object {
    let mut answer = Object::default();
    answer.insert(name, Value::Object(about));
    answer
}

#[cfg(test)]
mod tests;
