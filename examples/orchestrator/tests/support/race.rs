//! Many at once.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::task::JoinSet;

use super::world::{Answer, World, answer, code, fresh_key};

/// The same fifty times at once, spread over `worlds`, each with a key of its own.
pub(crate) async fn fifty(worlds: &[&World], path: &str, body: &Value) -> Vec<Answer> {
    fifty_with(worlds, path, body, fresh_key).await
}

pub(crate) async fn fifty_with(
    worlds: &[&World],
    path: &str,
    body: &Value,
    key: impl Fn() -> String,
) -> Vec<Answer> {
    let mut racing = JoinSet::new();
    for n in 0..50 {
        let request = worlds[n % worlds.len()].request(Method::POST, path);
        racing.spawn(answer(request.header("idempotency-key", key()).json(body)));
    }
    racing.join_all().await
}

/// One was answered `won`, and every other that it came too late.
pub(crate) fn assert_one_success(answers: &[Answer], won: StatusCode, lost: &str) {
    let (winners, losers): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == won);
    assert_eq!((winners.len(), losers.len()), (1, 49), "{answers:?}");
    for (status, body) in losers {
        assert_eq!((*status, code(body).as_str()), (StatusCode::CONFLICT, lost));
    }
}
