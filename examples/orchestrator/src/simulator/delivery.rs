//! Signed webhooks, tried a few times.

use std::sync::Arc;
use std::time::Duration;

use super::Simulator;
use crate::idv::{SIGNATURE_HEADER, sign};

/// Pauses between the tries.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// How long a receiver may take, as with the real API.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

impl Simulator {
    /// Sends `event` to every address: once before this returns, again in the background where that failed.
    pub(super) async fn deliver(self: &Arc<Self>, event: &serde_json::Value) {
        let body = event.to_string();
        let urls = self.account().webhook_urls.clone();
        for url in urls {
            if self.try_once(&url, &body).await {
                continue;
            }
            let (simulator, body) = (Arc::clone(self), body.clone());
            tokio::spawn(async move {
                for pause in PAUSES {
                    tokio::time::sleep(pause).await;
                    if simulator.try_once(&url, &body).await {
                        return;
                    }
                }
                tracing::error!("a webhook was given up");
            });
        }
    }

    async fn try_once(&self, url: &str, body: &str) -> bool {
        let sent = self
            .http
            .post(url)
            .header("content-type", "application/json")
            .header(SIGNATURE_HEADER, sign(self.webhook_token.expose(), body.as_bytes()))
            .body(body.to_owned())
            .send()
            .await;
        match sent {
            Ok(answer) if answer.status().is_success() => {
                tracing::info!(status = answer.status().as_u16(), "webhook delivered");
                true
            }
            Ok(answer) => {
                tracing::warn!(status = answer.status().as_u16(), "webhook refused");
                false
            }
            Err(error) => {
                tracing::warn!(timeout = error.is_timeout(), "webhook not delivered");
                false
            }
        }
    }
}
