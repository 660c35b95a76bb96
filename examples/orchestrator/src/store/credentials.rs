//! Whose credential is whose.

use sqlx::Row as _;

use super::{Store, StoreError, Write};

/// A credential to store.
#[derive(Debug)]
pub struct Credential<'a> {
    /// base64url.
    pub credential_id: &'a str,
    /// Its owner.
    pub external_user_id: &'a str,
    /// base64url of the public key, as the gateway gave it.
    pub public_key: Option<&'a str>,
    /// base64url.
    pub user_handle: Option<&'a str>,
}

/// Who owns a credential, and what its registration taught.
#[derive(Debug, Clone)]
pub struct CredentialOwner {
    /// The owner.
    pub external_user_id: String,
    /// base64url of the public key, as the gateway gave it.
    pub public_key: Option<String>,
    /// base64url.
    pub user_handle: Option<String>,
}

impl Store {
    /// The owner of a credential.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn credential(&self, credential_id: &str) -> Result<Option<CredentialOwner>, StoreError> {
        let row = sqlx::query(
            "SELECT external_user_id, public_key, user_handle FROM credentials WHERE credential_id = $1",
        )
        .bind(credential_id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(CredentialOwner {
                external_user_id: row.try_get(0)?,
                public_key: row.try_get(1)?,
                user_handle: row.try_get(2)?,
            })
        })
        .transpose()
    }
}

impl Write {
    /// Stores a credential, or renews the same user's; false when it is another user's.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_credential(&mut self, new: &Credential<'_>, now: i64) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO credentials (credential_id, external_user_id, public_key, user_handle, created_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (credential_id) DO UPDATE
             SET public_key = excluded.public_key, user_handle = excluded.user_handle
             WHERE credentials.external_user_id = excluded.external_user_id",
        )
        .bind(new.credential_id)
        .bind(new.external_user_id)
        .bind(new.public_key)
        .bind(new.user_handle)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether a credential is known to be another user's.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_anothers(&mut self, credential_id: &str, user: &str) -> Result<bool, StoreError> {
        let row =
            sqlx::query("SELECT 1 FROM credentials WHERE credential_id = $1 AND external_user_id <> $2")
                .bind(credential_id)
                .bind(user)
                .fetch_optional(self.connection())
                .await?;
        Ok(row.is_some())
    }
}
