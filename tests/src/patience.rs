//! Waiting for what happens in its own time: asked again and again, until a deadline.

use std::fmt::Display;
use std::time::Duration;

/// Within this it has happened, or does not.
const LIMIT: Duration = Duration::from_secs(30);

/// Between two looks: whoever is to make it happen needs the processor, too.
const PAUSE: Duration = Duration::from_millis(5);

/// What `look` finds in the end. It fails with `what` where that is nothing.
pub async fn until<T, Looking>(what: impl Display, mut look: impl FnMut() -> Looking) -> T
where
    Looking: Future<Output = Option<T>>,
{
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let found = tokio::time::timeout(LIMIT, found).await;
    found.unwrap_or_else(|_| panic!("not within {LIMIT:?}: {what}"))
}
