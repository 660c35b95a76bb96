//! The capture page: in place of a camera, buttons.

use std::sync::Arc;

use axum::extract::{FromRequest as _, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Json, Router};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use serde_json::json;

use super::Simulator;
use super::face::Face;
use super::run::{CaptureError, Kind, Run};

type App = State<Arc<Simulator>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Capture {
    face: Face,
    /// False keeps the webhook back, as if it were lost.
    #[serde(default = "yes")]
    webhook: bool,
}

pub(super) fn router() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/capture/{run_id}", get(page).post(capture))
        .route("/assets/capture.css", get(async || asset("text/css", include_str!("capture.css"))))
        .route("/assets/capture.js", get(async || asset("text/javascript", include_str!("capture.js"))))
        .layer(from_fn(harden))
}

async fn page(State(simulator): App, Path(run_id): Path<String>) -> Response {
    let run = simulator.account().runs.get(&run_id).cloned();
    match run {
        Some(run) if run.is_open() => Html(ask(&run).into_string()).into_response(),
        Some(run) => Html(done(&run).into_string()).into_response(),
        None => (StatusCode::NOT_FOUND, Html(unknown().into_string())).into_response(),
    }
}

/// From the page's form, or from a test as JSON. The webhook was tried once before this answers.
async fn capture(State(simulator): App, Path(run_id): Path<String>, request: Request) -> Response {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    let read = if is_json {
        Json::<Capture>::from_request(request, &())
            .await
            .map(|Json(c)| c)
            .map_err(IntoResponse::into_response)
    } else {
        Form::<Capture>::from_request(request, &())
            .await
            .map(|Form(c)| c)
            .map_err(IntoResponse::into_response)
    };
    let wanted = match read {
        Ok(wanted) => wanted,
        Err(refusal) => return refusal,
    };
    let now = simulator.clock.now();
    let captured = simulator.account().capture(&run_id, |run, is_kept| {
        let result = run.capture(wanted.face, &simulator.api_token, is_kept, now);
        (run.clone(), result)
    });
    let (run, status) = match captured {
        None => return (StatusCode::NOT_FOUND, Html(unknown().into_string())).into_response(),
        Some((run, Ok(()))) => (run, StatusCode::OK),
        Some((run, Err(CaptureError::Ended))) => (run, StatusCode::CONFLICT),
        Some((run, Err(CaptureError::Randomness))) => (run, StatusCode::INTERNAL_SERVER_ERROR),
    };
    if status == StatusCode::OK && run.has_event() && wanted.webhook {
        simulator.deliver(&run.event(&simulator.public_url)).await;
    }
    if is_json {
        (status, Json(json!({"id": run.id, "status": run.status}))).into_response()
    } else {
        (status, Html(done(&run).into_string())).into_response()
    }
}

fn ask(run: &Run) -> Markup {
    let title = if run.kind == Kind::Registration { "Enrol your face" } else { "Show your face" };
    layout(
        title,
        &html! {
            p { "This page stands in for a camera. You choose whose face it sees." }
            @if let Some(text) = run.display() {
                h2 { "You agree to" }
                p.display id="display" { (text) }
            }
            form method="post" {
                button id="my-face" name="face" value="mine" { "My face" }
                button id="someone-else" name="face" value="someone_else" { "Someone else" }
                button id="abandon" name="face" value="abandon" { "Walk away" }
            }
        },
    )
}

fn done(run: &Run) -> Markup {
    layout(
        "The capture is finished",
        &html! {
            p id="done" role="status" data-run=(run.id) {
                "You can close this window and go on where you came from."
            }
            script src="/assets/capture.js" {}
        },
    )
}

fn unknown() -> Markup {
    layout(
        "There is no such capture",
        &html! {
            p { "The link is wrong, or the simulator was started anew. Begin again where you came from." }
        },
    )
}

fn layout(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/assets/capture.css";
            }
            body { main { h1 { (title) } (content) } }
        }
    }
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// The page runs its own script and style and nothing else.
async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'",
        ),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

const fn yes() -> bool {
    true
}
