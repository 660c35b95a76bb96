//! Listening, and stopping without dropping what is under way.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// How long requests under way may take to finish after a stop signal.
const DRAIN: Duration = Duration::from_secs(10);

/// Binds `address`; port 0 picks a free one.
///
/// # Errors
/// When the address is taken or not ours; the message says which.
pub async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}; choose another with --listen"))?;
    let chosen = listener.local_addr().map_err(|error| error.to_string())?;
    Ok((listener, chosen))
}

/// Serves until `stop` is done, then lets the requests under way finish.
///
/// # Errors
/// When they do not finish in ten seconds.
pub async fn run(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), String> {
    let (stopping, stopped) = oneshot::channel();
    // small answers should leave at once
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        stop.await;
        // nobody listens any more when the server ended by itself
        let _ = stopping.send(());
    });
    let overdue = async {
        if stopped.await.is_ok() {
            tokio::time::sleep(DRAIN).await;
        }
    };
    tokio::select! {
        ended = server => ended.map_err(|error| error.to_string()),
        () = overdue => Err("stopped with requests unfinished after ten seconds".to_owned()),
    }
}

/// Done at the first SIGTERM or SIGINT.
///
/// # Errors
/// When the signals cannot be watched.
pub fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, String> {
    let watch = |kind| signal(kind).map_err(|error| format!("cannot watch for signals: {error}"));
    let (mut terminate, mut interrupt) = (watch(SignalKind::terminate())?, watch(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
            _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
        }
    })
}
