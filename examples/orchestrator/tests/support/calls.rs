//! The calls of hand-offs and recoveries, as a gateway makes them.

use reqwest::StatusCode;
use serde_json::json;

use super::world::{Answer, CHALLENGE, Opened, World, word};

pub(crate) struct HandedOff {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl HandedOff {
    pub(crate) fn path(&self) -> String {
        format!("/v1/handoffs/{}", self.id)
    }
}

/// A recovery, and what its client's SDK would hold.
pub(crate) struct Recovering {
    pub(crate) session: Opened,
    pub(crate) continuation: String,
}

impl World {
    pub(crate) async fn hand_off(&self, user: &str) -> HandedOff {
        let (status, body) = self.post("/v1/handoffs", &json!({"external_user_id": user})).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        HandedOff { id: word(&body, "id"), token: word(&body, "handoff_token") }
    }

    pub(crate) async fn consume(&self, handoff: &HandedOff) -> Answer {
        self.post("/v1/handoffs/consume", &json!({"handoff_token": handoff.token})).await
    }

    /// A hand-off whose token was consumed.
    pub(crate) async fn consumed(&self, user: &str) -> HandedOff {
        let handoff = self.hand_off(user).await;
        let (status, body) = self.consume(&handoff).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        handoff
    }

    pub(crate) async fn authenticate(&self, handoff: &HandedOff) -> Answer {
        let body = json!({"challenge": CHALLENGE, "rp_id": "localhost"});
        self.post(&format!("{}/authentication", handoff.path()), &body).await
    }

    /// A hand-off that has its session.
    pub(crate) async fn opened(&self, user: &str) -> (HandedOff, Opened) {
        let handoff = self.consumed(user).await;
        let (status, body) = self.authenticate(&handoff).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        (handoff, Opened::from(&body))
    }

    pub(crate) async fn cancel(&self, path: &str) -> Answer {
        self.post(&format!("{path}/cancel"), &json!({})).await
    }

    pub(crate) async fn handoff_status(&self, handoff: &HandedOff) -> String {
        let (status, body) = self.get(&handoff.path()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        word(&body, "status")
    }

    pub(crate) async fn recover(&self, user: &str) -> Recovering {
        let (status, body) = self.post("/v1/recoveries", &json!({"external_user_id": user})).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let continuation = word(&body["client"], "continuation");
        Recovering { session: Opened::from(&body), continuation }
    }

    pub(crate) async fn exchange(&self, recovery: &Recovering) -> Answer {
        self.exchange_with(&recovery.session, &recovery.continuation).await
    }

    pub(crate) async fn exchange_with(&self, session: &Opened, continuation: &str) -> Answer {
        let path = format!("/v1/recoveries/{}/exchange", session.id);
        self.post(&path, &json!({"continuation": continuation})).await
    }

    pub(crate) async fn trail(&self, id: &str) -> Vec<String> {
        let trail = self.service.store.audit_trail(id).await.unwrap();
        trail.into_iter().map(|(who, what)| format!("{who} {what}")).collect()
    }
}
