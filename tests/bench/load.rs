//! The load: requests made beforehand, over HTTP/1.1 connections that stay open. As lean as can be, so that it
//! is Envoy that is saturated.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How many requests are under way at a time.
const CONNECTIONS: usize = 16;

/// Whole requests, head and body.
#[derive(Debug)]
pub(crate) enum Requests {
    /// The same again and again.
    Same(Vec<u8>),
    /// Each once.
    Each(Vec<Vec<u8>>),
}

impl Requests {
    fn at(&self, number: usize) -> &[u8] {
        match self {
            Self::Same(request) => request,
            Self::Each(requests) => &requests[number],
        }
    }
}

/// An answer: every one must be 200.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Sends these as fast as they are answered; says how long all took.
pub(crate) async fn saturate(at: SocketAddr, requests: &Arc<Requests>, numbers: Range<usize>) -> Duration {
    let connections = connect(at, CONNECTIONS.min(numbers.len())).await;
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let start = Instant::now();
    let mut running = JoinSet::new();
    for mut connection in connections {
        let (requests, next) = (Arc::clone(requests), Arc::clone(&next));
        running.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= numbers.end {
                    return;
                }
                connection.exchange(requests.at(number)).await;
            }
        });
    }
    running.join_all().await;
    start.elapsed()
}

/// The same, and keeps the answers, in the order of the requests.
pub(crate) async fn collect(at: SocketAddr, requests: Requests, numbers: Range<usize>) -> Vec<Reply> {
    let requests = Arc::new(requests);
    let mut running = JoinSet::new();
    for (first, mut connection) in connect(at, CONNECTIONS).await.into_iter().enumerate() {
        let (requests, numbers) = (Arc::clone(&requests), numbers.clone());
        running.spawn(async move {
            let mut replies = Vec::new();
            for number in numbers.skip(first).step_by(CONNECTIONS) {
                let (head, body) = connection.exchange(requests.at(number)).await;
                let head = String::from_utf8_lossy(head).into_owned();
                replies.push((number, Reply { head, body: body.to_vec() }));
            }
            replies
        });
    }
    let mut replies: Vec<(usize, Reply)> = running.join_all().await.into_iter().flatten().collect();
    replies.sort_by_key(|(number, _)| *number);
    replies.into_iter().map(|(_, reply)| reply).collect()
}

/// Sends so many a second, whatever the answers do, and says how long each took.
pub(crate) async fn pace(
    at: SocketAddr,
    requests: &Arc<Requests>,
    numbers: Range<usize>,
    a_second: u32,
) -> Vec<Duration> {
    let lanes = CONNECTIONS / 2;
    let interval = Duration::from_secs(1) / a_second;
    let start = Instant::now() + Duration::from_millis(5);
    let mut running = JoinSet::new();
    for (first, mut connection) in connect(at, lanes).await.into_iter().enumerate() {
        let (requests, numbers) = (Arc::clone(requests), numbers.clone());
        running.spawn(async move {
            let mut times = Vec::new();
            for number in numbers.clone().skip(first).step_by(lanes) {
                let turn = u32::try_from(number - numbers.start).expect("few requests");
                tokio::time::sleep_until((start + interval * turn).into()).await;
                let sent = Instant::now();
                connection.exchange(requests.at(number)).await;
                times.push(sent.elapsed());
            }
            times
        });
    }
    running.join_all().await.concat()
}

async fn connect(at: SocketAddr, count: usize) -> Vec<Connection> {
    let mut connections = Vec::new();
    for _ in 0..count {
        let stream = TcpStream::connect(at).await.expect("Envoy accepts");
        stream.set_nodelay(true).expect("a socket");
        connections.push(Connection { stream, read: Vec::with_capacity(16 << 10) });
    }
    connections
}

struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// One request and its answer: head and body.
    async fn exchange(&mut self, request: &[u8]) -> (&[u8], &[u8]) {
        self.stream.write_all(request).await.expect("Envoy reads");
        self.read.clear();
        let mut searched = 0;
        let body = loop {
            self.more().await;
            let end = self.read[searched..].windows(4).position(|end| end == b"\r\n\r\n");
            if let Some(end) = end {
                break searched + end + 4;
            }
            searched = self.read.len().saturating_sub(3);
        };
        let length = content_length(&self.read[..body]);
        let length = length.unwrap_or_else(|| panic!("no length: {}", String::from_utf8_lossy(&self.read)));
        while self.read.len() < body + length {
            self.more().await;
        }
        assert!(self.read.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&self.read));
        self.read.split_at(body)
    }

    async fn more(&mut self) {
        let read = self.stream.read_buf(&mut self.read).await.expect("Envoy answers");
        assert!(read > 0, "Envoy closed a connection: {}", String::from_utf8_lossy(&self.read));
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let value = line.strip_prefix(b"content-length: ")?;
        std::str::from_utf8(value).ok()?.trim().parse().ok()
    })
}
