//! What is kept, for how long, and in what form.

use reqwest::StatusCode;
use serde_json::json;
use sqlx::{AnyConnection, AnyPool, Connection as _, Row as _};

use crate::support::world::{KEY, OTHER_KEY, World, code, fresh_key, opening};

rows![
    a_restart_forgets_nothing,
    no_secret_is_in_the_database_in_the_clear,
    references_move_to_a_new_key,
    without_its_key_a_reference_does_not_open,
    a_database_of_the_first_version_is_brought_up_to_date,
];

async fn a_restart_forgets_nothing(world: World) {
    let pending = world.open("registration", "alice").await;
    let matched = world.open("registration", "bob").await;
    world.capture(&matched, "mine").await;
    let key = fresh_key();
    let first = world.post_as(&key, "/v1/sessions", &opening("registration", "carol")).await;
    let (database, idv, clock) = (world.database.clone(), world.idv.clone(), world.clock.clone());
    world.service.store.close().await;

    let again = World::before(&database, &idv, clock, KEY, None).await;
    assert_eq!(again.status(&pending).await, "pending");
    assert_eq!(again.status(&matched).await, "matched");
    assert_eq!(again.complete(&matched, "Ym9i").await.0, StatusCode::OK);
    assert_eq!(again.post_as(&key, "/v1/sessions", &opening("registration", "carol")).await, first);
    again.open("step_up", "bob").await;
}

async fn no_secret_is_in_the_database_in_the_clear(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let (_, opened) = world.post("/v1/sessions", &opening("step_up", "alice")).await;
    let sdk_token = opened["client"]["sdkToken"].as_str().unwrap();
    let (handoff, recovery) = (world.consumed("alice").await, world.recover("alice").await);
    let dump = dump(&world.database).await;
    assert!(
        dump.contains("alice") && dump.contains("v1.") && dump.contains(&handoff.id),
        "the dump shows rows"
    );
    for (name, secret) in [
        ("an SDK token", sdk_token),
        ("a hand-off's token", handoff.token.as_str()),
        ("a continuation", recovery.continuation.as_str()),
    ] {
        assert!(!dump.contains(secret), "{name}");
    }
    let run = world
        .http
        .get(format!("{}/v3.6/workflow_runs/{}", world.idv, run_of(&dump)))
        .header("authorization", format!("Token token={}", crate::support::world::API_TOKEN));
    let (_, run) = crate::support::world::answer(run).await;
    let reference = run["output"]["encrypted_biometric_token"].as_str().unwrap();
    assert!(!dump.contains(reference), "a biometric reference");
}

async fn references_move_to_a_new_key(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let rotated = World::before(&world.database, &world.idv, world.clock.clone(), OTHER_KEY, Some(KEY)).await;
    assert_eq!(rotated.service.reseal().await.unwrap(), 1);
    assert_eq!(rotated.service.reseal().await.unwrap(), 0);
    let after = World::before(&world.database, &world.idv, world.clock.clone(), OTHER_KEY, None).await;
    let session = after.open("step_up", "alice").await;
    world.capture_with(&session, &json!({"face": "mine", "webhook": false})).await;
    world.clock.advance(crate::support::world::REFRESH_SECONDS);
    assert_eq!(after.status(&session).await, "matched", "the reference is still the same");
}

async fn without_its_key_a_reference_does_not_open(world: World) {
    world.enrol("alice", "Y3JlZA").await;
    let other = World::before(&world.database, &world.idv, world.clock.clone(), OTHER_KEY, None).await;
    let (status, body) = other.post("/v1/sessions", &opening("step_up", "alice")).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
}

async fn a_database_of_the_first_version_is_brought_up_to_date(world: World) {
    world.service.store.close().await;
    let pool = AnyPool::connect(&world.database).await.unwrap();
    for table in [
        "audit_events",
        "credentials",
        "decisions",
        "elevations",
        "handoffs",
        "idempotency_keys",
        "sessions",
        "users",
        "webhook_events",
        "_sqlx_migrations",
    ] {
        let drop = format!("DROP TABLE {table}");
        sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&pool).await.unwrap();
    }
    sqlx::migrate!().run_to(1, &pool).await.unwrap();
    for insert in [
        "INSERT INTO users (external_user_id, applicant_id, created_at) VALUES ('alice', 'a', 1)",
        "INSERT INTO sessions (id, flow, external_user_id, rp_id, challenge, status, run_id, applicant_id,
            workflow_id, created_at, expires_at, checked_at)
         VALUES ('ses_old', 'step_up', 'alice', 'localhost', 'AAAA', 'matched', 'r', 'a', 'w', 1, 1900000000, 1)",
    ] {
        sqlx::query(insert).execute(&pool).await.unwrap();
    }
    pool.close().await;

    let after = World::before(&world.database, &world.idv, world.clock.clone(), KEY, None).await;
    let (_, mut session) = after.get("/v1/sessions/ses_old").await;
    assert!(session.as_object_mut().unwrap().remove("verdict").is_some());
    let wanted = json!({"id": "ses_old", "flow": "step_up", "external_user_id": "alice",
                        "challenge": "AAAA", "status": "matched"});
    assert_eq!(session, wanted);
    let (status, _) = after.post("/v1/sessions/ses_old/complete", &json!({"credential_id": "Y3JlZA"})).await;
    assert_eq!(status, StatusCode::OK);
    after.open("registration", "alice").await;
}

/// Every text in every table.
async fn dump(database: &str) -> String {
    let mut connection = AnyConnection::connect(database).await.unwrap();
    let mut dump = String::new();
    for columns in [
        "SELECT external_user_id, applicant_id, reference_sealed FROM users",
        "SELECT id, run_id, reference_sealed FROM sessions ORDER BY created_at, flow <> 'registration'",
        "SELECT id, continuation_hash, credential_id FROM sessions ORDER BY id",
        "SELECT id, token_hash, session_id FROM handoffs",
        "SELECT idempotency_key, request_hash, answer_sealed FROM idempotency_keys",
        "SELECT credential_id, public_key, user_handle FROM credentials",
        "SELECT object_id, action, status FROM webhook_events",
        "SELECT action, external_user_id, detail FROM audit_events",
    ] {
        for row in sqlx::query(columns).fetch_all(&mut connection).await.unwrap() {
            for column in 0..3 {
                let text: Option<String> = row.try_get(column).unwrap();
                dump.push_str(text.as_deref().unwrap_or("-"));
                dump.push('\n');
            }
        }
    }
    dump
}

/// The run of the registration: the line after the first session's id.
fn run_of(dump: &str) -> &str {
    dump.lines().skip_while(|line| !line.starts_with("ses_")).nth(1).unwrap()
}
