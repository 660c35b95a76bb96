//! An HTTP/1.1 server on a port of its own that a test can close, reopen and let misbehave.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

/// The connection is cut instead of an answer (or of the rest of one).
#[derive(Debug)]
pub struct Severed;

impl std::fmt::Display for Severed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("severed on purpose")
    }
}

impl std::error::Error for Severed {}

/// What a stand-in does with a request.
pub type Handling = Pin<Box<dyn Future<Output = Result<Response<Payload>, Severed>> + Send>>;

type Handler = Arc<dyn Fn(Port, Request<Incoming>) -> Handling + Send + Sync>;

/// The port a request came in by, for a handler that wants to close it.
#[derive(Clone, Default)]
pub struct Port {
    stop: Arc<Notify>,
    stopped: Arc<AtomicBool>,
}

impl Port {
    /// From now on connecting is refused; connections that are open stay so.
    pub fn stop_accepting(&self) {
        if !self.stopped.swap(true, Ordering::SeqCst) {
            self.stop.notify_one();
        }
    }
}

/// A server on localhost. It stops, and cuts its connections, when dropped.
pub struct Server {
    address: SocketAddr,
    handler: Handler,
    port: Port,
    accepting: Mutex<Option<JoinHandle<Infallible>>>,
}

impl Server {
    /// Listens on a free port.
    pub async fn start(
        handler: impl Fn(Port, Request<Incoming>) -> Handling + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let server =
            Self { address, handler: Arc::new(handler), port: Port::default(), accepting: Mutex::new(None) };
        server.accept(listener);
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and cuts every connection: from now on connecting is refused.
    pub fn close(&self) {
        if let Some(accepting) = self.accepting().take() {
            accepting.abort();
        }
    }

    /// Listens again on the same port; nothing happens when it is open.
    pub fn reopen(&self) {
        if self.accepting().is_some() && !self.port.stopped.load(Ordering::SeqCst) {
            return;
        }
        self.close();
        self.port.stopped.store(false, Ordering::SeqCst);
        // The task that held the port lets go of it as soon as it is scheduled.
        let listen = || self.listen().inspect_err(|_| std::thread::yield_now());
        let listener = std::iter::repeat_with(listen).take(1_000_000).find_map(Result::ok);
        self.accept(listener.expect("the port is still ours"));
    }

    fn listen(&self) -> std::io::Result<TcpListener> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(self.address)?;
        socket.listen(1024)
    }

    fn accept(&self, listener: TcpListener) {
        let (handler, port) = (Arc::clone(&self.handler), self.port.clone());
        *self.accepting() = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = port.stop.notified() => break,
                };
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let (handler, port) = (Arc::clone(&handler), port.clone());
                while connections.try_join_next().is_some() {}
                connections.spawn(async move {
                    let service = service_fn(move |request| handler(port.clone(), request));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
            drop(listener);
            while connections.join_next().await.is_some() {}
            std::future::pending().await
        }));
    }

    fn accepting(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<Infallible>>> {
        self.accepting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

/// A body of one piece, after which the connection may be cut or fall silent.
pub struct Payload {
    data: Option<Bytes>,
    ending: Ending,
}

enum Ending {
    Proper,
    /// One more poll, so that what was written has left before the cut.
    Flushing,
    Cut,
    /// Nothing more, and no end.
    Stalled,
}

impl Payload {
    /// The whole body.
    pub fn whole(data: impl Into<Bytes>) -> Self {
        Self { data: Some(data.into()), ending: Ending::Proper }
    }

    /// Only a beginning, then the connection is cut.
    pub fn cut_after(data: impl Into<Bytes>) -> Self {
        Self { data: Some(data.into()), ending: Ending::Flushing }
    }

    /// Only a beginning, then nothing until the other side gives up.
    pub fn stalled_after(data: impl Into<Bytes>) -> Self {
        Self { data: Some(data.into()), ending: Ending::Stalled }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.ending {
            Ending::Proper => Poll::Ready(None),
            Ending::Flushing => {
                self.ending = Ending::Cut;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Ending::Stalled => Poll::Pending,
            Ending::Cut => Poll::Ready(Some(Err(Severed))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.ending, Ending::Proper) && self.data.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.ending, &self.data) {
            (Ending::Proper, Some(data)) => SizeHint::with_exact(data.len() as u64),
            (Ending::Proper, None) => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}
