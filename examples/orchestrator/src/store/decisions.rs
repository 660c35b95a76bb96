//! The gateways' decisions. The primary key is what keeps an event once, however often it is told.

use serde_json::{Map, Value};
use sqlx::Row as _;

use super::{Store, StoreError, Write};
use crate::decision::{Batch, Decision, Flow};

/// The columns that are told as they are.
const TEXTS: [&str; 8] =
    ["relying_party", "flow", "rule", "decision", "code", "session", "trace_id", "instance"];

impl Write {
    /// Keeps the events of a batch that are not kept yet; answers how many those were.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_decisions(&mut self, batch: &Batch, now: i64) -> Result<u64, StoreError> {
        let mut kept = 0;
        for (position, event) in batch.events.iter().enumerate() {
            let gap = if position == 0 { batch.gap } else { 0 };
            kept += self.keep_decision(batch.source.as_str(), gap, event, now).await?;
        }
        Ok(kept)
    }

    async fn keep_decision(
        &mut self,
        source: &str,
        gap: u32,
        event: &Decision,
        now: i64,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "INSERT INTO decisions (source, sequence, gap, at, received_at, relying_party, flow, rule, decision,
                code, session, trace_id, instance)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (source, sequence) DO NOTHING",
        )
        .bind(source)
        .bind(i64::from(event.sequence))
        .bind(i64::from(gap))
        .bind(i64::from(event.at))
        .bind(now)
        .bind(event.relying_party.as_ref().map(|name| name.as_str().to_owned()))
        .bind(event.flow.map(Flow::as_str))
        .bind(event.rule.as_ref().map(|name| name.as_str().to_owned()))
        .bind(event.decision.as_str())
        .bind(event.code.as_str().to_owned())
        .bind(event.session.as_ref().map(|session| session.as_str().to_owned()))
        .bind(event.trace_id.as_ref().map(|trace| trace.as_str().to_owned()))
        .bind(event.instance.as_ref().map(|instance| instance.as_str().to_owned()))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected())
    }
}

impl Store {
    /// Up to `most` decisions after this one of its source, in the order of sources and numbers, as they were told, each
    /// with `source` and, where some before it were lost, `gap`.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn decisions(
        &self,
        (source, sequence): (&str, i64),
        most: i64,
    ) -> Result<Vec<Map<String, Value>>, StoreError> {
        let rows = sqlx::query(
            "SELECT source, sequence, gap, at, relying_party, flow, rule, decision, code, session, trace_id, instance
             FROM decisions
             WHERE source > $1 OR (source = $1 AND sequence > $2)
             ORDER BY source, sequence LIMIT $3",
        )
        .bind(source)
        .bind(sequence)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(told).collect()
    }
}

fn told(row: &sqlx::any::AnyRow) -> Result<Map<String, Value>, StoreError> {
    let mut told = Map::new();
    told.insert("source".to_owned(), row.try_get::<String, _>("source")?.into());
    for name in ["sequence", "gap", "at"] {
        let number: i64 = row.try_get(name)?;
        if name != "gap" || number != 0 {
            told.insert(name.to_owned(), number.into());
        }
    }
    for name in TEXTS {
        if let Some(text) = row.try_get::<Option<String>, _>(name)? {
            told.insert(name.to_owned(), text.into());
        }
    }
    Ok(told)
}
