//! `Idempotency-Key`s: which request each belongs to, and the answer that was given.
//!
//! A key belongs to the first request that used it, as long as this table remembers. The answer is kept when
//! something was changed; a refusal changed nothing and is worked out afresh.

use sqlx::Row as _;

use super::{Store, StoreError, Write};

/// A POST that may be sent twice.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The `Idempotency-Key`.
    pub key: String,
    /// Digest of method, path and body.
    pub request_hash: String,
}

/// An answer that was given before.
#[derive(Debug, Clone)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// The body, sealed for the key.
    pub sealed: String,
}

/// What is known of a key.
#[derive(Debug)]
pub enum Binding {
    /// It belongs to another request.
    Anothers,
    /// This request was answered before.
    Answered(KeptAnswer),
    /// This request is being worked on by somebody else.
    Busy,
    /// This request has no answer yet, and it is the caller's to find one.
    Free,
}

impl Store {
    /// Ties a key to its request and takes the work on it until `until`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn claim(&self, exchange: &Exchange, now: i64, until: i64) -> Result<Binding, StoreError> {
        let mut write = self.write().await?;
        let binding = write.bind_key(exchange, now).await?;
        if matches!(binding, Binding::Free) {
            write.set_claim(&exchange.key, Some(until)).await?;
        }
        write.commit().await?;
        Ok(binding)
    }

    /// Gives the work on a key back, so that the next try starts afresh.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release(&self, key: &str) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        write.set_claim(key, None).await?;
        write.commit().await
    }

    /// Ties a key to its request, although the request was refused.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remember(&self, exchange: &Exchange, now: i64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        write.bind_key(exchange, now).await?;
        write.commit().await
    }
}

impl Write {
    /// Ties a key to its request. Until this transaction ends, others with the same key wait here.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn bind_key(&mut self, exchange: &Exchange, now: i64) -> Result<Binding, StoreError> {
        let row = sqlx::query(
            "INSERT INTO idempotency_keys (idempotency_key, request_hash, used_at) VALUES ($1, $2, $3)
             ON CONFLICT (idempotency_key) DO UPDATE SET used_at = excluded.used_at
             RETURNING request_hash, answer_status, answer_sealed, claimed_until",
        )
        .bind(&exchange.key)
        .bind(&exchange.request_hash)
        .bind(now)
        .fetch_one(self.connection())
        .await?;
        let request_hash: String = row.try_get(0)?;
        let status: Option<i64> = row.try_get(1)?;
        let sealed: Option<String> = row.try_get(2)?;
        let claimed_until: Option<i64> = row.try_get(3)?;
        let answer = status.and_then(|status| u16::try_from(status).ok()).zip(sealed);
        Ok(match answer {
            _ if request_hash != exchange.request_hash => Binding::Anothers,
            Some((status, sealed)) => Binding::Answered(KeptAnswer { status, sealed }),
            None if claimed_until.is_some_and(|until| now < until) => Binding::Busy,
            None => Binding::Free,
        })
    }

    /// Keeps the answer for `key`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_answer(&mut self, key: &str, answer: &KeptAnswer) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE idempotency_keys SET answer_status = $2, answer_sealed = $3, claimed_until = NULL
             WHERE idempotency_key = $1",
        )
        .bind(key)
        .bind(i64::from(answer.status))
        .bind(&answer.sealed)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets keys that nobody used since `before`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_keys(&mut self, before: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM idempotency_keys WHERE used_at < $1")
            .bind(before)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn set_claim(&mut self, key: &str, until: Option<i64>) -> Result<(), StoreError> {
        sqlx::query("UPDATE idempotency_keys SET claimed_until = $2 WHERE idempotency_key = $1")
            .bind(key)
            .bind(until)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
