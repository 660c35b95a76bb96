//! Two replicas behind one address, of which each connection gets the other than the one before.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::program::ANY_PORT;

pub(super) struct Turns {
    pub(super) address: SocketAddr,
    taken: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Turns {
    pub(super) async fn between(replicas: [SocketAddr; 2]) -> Self {
        let listener = TcpListener::bind(ANY_PORT).await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let taken = Arc::new(AtomicUsize::new(0));
        let counting = Arc::clone(&taken);
        let accepting = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                let turn = counting.fetch_add(1, Ordering::SeqCst);
                let replica = if turn.is_multiple_of(2) { replicas[0] } else { replicas[1] };
                tokio::spawn(connect(client, replica));
            }
        });
        Self { address, taken, accepting }
    }

    /// The next connection is the first replica's, or the second's. Nobody may be connecting.
    pub(super) fn begin(&self, with_the_second: bool) {
        self.taken.store(usize::from(with_the_second), Ordering::SeqCst);
    }

    /// How many connections there have been, one more where it began with the second.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Either side may end it, or break it off: the other one learns that its connection has ended.
async fn connect(mut client: TcpStream, replica: SocketAddr) {
    let Ok(mut replica) = TcpStream::connect(replica).await else { return };
    let _ = (client.set_nodelay(true), replica.set_nodelay(true));
    let _ = tokio::io::copy_bidirectional(&mut client, &mut replica).await;
}
