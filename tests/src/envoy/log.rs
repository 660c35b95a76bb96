//! What a child process prints, kept line by line and bounded.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::sync::watch;

/// Older lines are forgotten beyond this many.
const KEPT_LINES: usize = 20_000;

/// The output of a process, growing while it runs.
#[derive(Clone)]
pub struct Log {
    lines: Arc<Mutex<VecDeque<String>>>,
    /// Whether the process can still print; ticks at every line.
    open: watch::Receiver<bool>,
}

impl Log {
    /// Starts to read.
    pub fn of(output: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let (ticking, open) = watch::channel(true);
        let log = Self { lines: Arc::default(), open };
        let lines = Arc::clone(&log.lines);
        tokio::spawn(async move {
            let mut reader = BufReader::new(output);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                {
                    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                    lines.push_back(text);
                    if lines.len() > KEPT_LINES {
                        lines.pop_front();
                    }
                }
                line.clear();
                ticking.send_replace(true);
            }
            ticking.send_replace(false);
        });
        log
    }

    /// Everything kept.
    pub fn text(&self) -> String {
        self.lines().iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// The first kept line with this text, as soon as there is one; `None` when the process ended without.
    pub async fn wait_for(&self, text: &str) -> Option<String> {
        let mut open = self.open.clone();
        loop {
            let still_open = *open.borrow_and_update();
            if let Some(line) = self.lines().iter().find(|line| line.contains(text)) {
                return Some(line.clone());
            }
            if !still_open || open.changed().await.is_err() {
                return self.lines().iter().find(|line| line.contains(text)).cloned();
            }
        }
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, VecDeque<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
