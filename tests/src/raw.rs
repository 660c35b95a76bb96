//! HTTP/1.1 byte by byte, for what a well-behaved client cannot say.

use std::net::SocketAddr;
use std::time::Duration;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{Answer, Broken};

const ANSWER_LIMIT: Duration = Duration::from_secs(25);

/// Writes the pieces, each in a segment of its own as far as TCP goes, and reads one answer.
///
/// # Errors
/// [`Broken`] when the connection ends or falls silent before a complete answer.
pub async fn exchange(address: SocketAddr, pieces: &[Vec<u8>]) -> Result<Answer, Broken> {
    talk(address, pieces, std::future::ready(()), &[], false).await
}

/// Writes the first part, waits for what is in between, writes the rest, and reads one answer.
///
/// # Errors
/// As [`exchange`].
pub async fn exchange_in_two(
    address: SocketAddr,
    parts: &[Vec<u8>; 2],
    between: impl Future<Output = ()>,
) -> Result<Answer, Broken> {
    let [first, rest] = parts.each_ref().map(std::slice::from_ref);
    talk(address, first, between, rest, false).await
}

/// The same, but the client closes its side once everything is written.
///
/// # Errors
/// As [`exchange`].
pub async fn exchange_then_close(address: SocketAddr, pieces: &[Vec<u8>]) -> Result<Answer, Broken> {
    talk(address, pieces, std::future::ready(()), &[], true).await
}

async fn talk(
    address: SocketAddr,
    first: &[Vec<u8>],
    between: impl Future<Output = ()>,
    rest: &[Vec<u8>],
    closing: bool,
) -> Result<Answer, Broken> {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.map_err(|error| Broken(error.to_string()))?;
        let _ = stream.set_nodelay(true);
        let (mut reading, mut writing) = stream.split();
        let write = async {
            write_all(&mut writing, first).await;
            between.await;
            write_all(&mut writing, rest).await;
            if closing {
                let _ = writing.shutdown().await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = read_answer(&mut reading) => answer,
            () = write => Err(Broken("unreachable".to_owned())),
        }
    };
    tokio::time::timeout(ANSWER_LIMIT, talk)
        .await
        .unwrap_or_else(|_| Err(Broken(format!("no answer within {ANSWER_LIMIT:?}"))))
}

/// A refusal may come, and the connection close, before everything is written.
async fn write_all(stream: &mut (impl tokio::io::AsyncWrite + Unpin), pieces: &[Vec<u8>]) {
    for piece in pieces {
        if stream.write_all(piece).await.is_err() || stream.flush().await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
}

/// The head of an HTTP/1.1 request, ending with the empty line.
pub fn head(request_line: &str, headers: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut head = format!("{request_line}\r\n").into_bytes();
    for (name, value) in headers {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// One chunk of a chunked body; the empty chunk is the last one (without the line that ends trailers).
pub fn chunk(data: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", data.len()).into_bytes();
    if !data.is_empty() {
        chunk.extend_from_slice(data);
        chunk.extend_from_slice(b"\r\n");
    }
    chunk
}

async fn read_answer(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Result<Answer, Broken> {
    let mut read = Vec::new();
    let (mut answer, body_start) = loop {
        if let Some(end) = find(&read, b"\r\n\r\n") {
            let answer = parse_head(&read[..end])?;
            if answer.status != 100 {
                break (answer, end + 4);
            }
            read.drain(..end + 4);
            continue;
        }
        more(stream, &mut read).await?;
    };
    let length = answer.header("content-length").parse().ok();
    if let Some(length) = length {
        let end = body_start + if answer.status == 204 { 0 } else { length };
        while read.len() < end {
            more(stream, &mut read).await?;
        }
        answer.body = read[body_start..end].to_vec().into();
        return Ok(answer);
    }
    let mut at = body_start;
    let mut body = Vec::new();
    loop {
        let Some(line) = find(&read[at..], b"\r\n") else {
            more(stream, &mut read).await?;
            continue;
        };
        let size = std::str::from_utf8(&read[at..at + line])
            .ok()
            .and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.ok_or_else(|| Broken("neither a content-length nor chunks".to_owned()))?;
        let start = at + line + 2;
        while read.len() < start + size + 2 {
            more(stream, &mut read).await?;
        }
        if size == 0 {
            answer.body = body.into();
            return Ok(answer);
        }
        body.extend_from_slice(&read[start..start + size]);
        at = start + size + 2;
    }
}

async fn more(stream: &mut (impl tokio::io::AsyncRead + Unpin), read: &mut Vec<u8>) -> Result<(), Broken> {
    match stream.read_buf(read).await {
        Ok(0) => Err(Broken(format!("closed after {} bytes of an answer", read.len()))),
        Ok(_) => Ok(()),
        Err(error) => Err(Broken(error.to_string())),
    }
}

fn parse_head(head: &[u8]) -> Result<Answer, Broken> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| Broken("no status line".to_owned()))?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(|| Broken(format!("no header: {line}")))?;
        let name: HeaderName = name.parse().map_err(|_| Broken(format!("no header name: {name}")))?;
        let value = HeaderValue::from_str(value.trim()).map_err(|_| Broken(format!("no value: {value}")))?;
        headers.append(name, value);
    }
    Ok(Answer { status, headers, body: hyper::body::Bytes::new() })
}

fn find(in_bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    in_bytes.windows(wanted.len()).position(|window| window == wanted)
}
