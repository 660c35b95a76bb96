//! An elevation is good once.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::world::{Answer, ELEVATION_SECONDS, World, code, fresh_key};

rows![
    an_elevation_is_consumed_once,
    the_answer_can_be_had_again_with_its_key_only,
    ids_are_the_gateways_and_of_one_alphabet,
    an_elevation_is_remembered_for_a_day,
];

const CONSUMED: Answer = (StatusCode::NO_CONTENT, Value::Null);

async fn an_elevation_is_consumed_once(world: World) {
    assert_eq!(consume(&world, "e1").await, CONSUMED);
    let (status, body) = consume(&world, "e1").await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::CONFLICT, "already_consumed"));
    assert_eq!(consume(&world, "e2").await, CONSUMED, "another");
    assert_eq!(consume(&world, "E1").await, CONSUMED, "ids differ in case");
}

async fn the_answer_can_be_had_again_with_its_key_only(world: World) {
    let (key, path) = (fresh_key(), "/v1/elevations/e1/consume");
    assert_eq!(world.post_as(&key, path, &json!({})).await, CONSUMED);
    assert_eq!(world.post_as(&key, path, &json!({})).await, CONSUMED);
    assert_eq!(world.post_as(&fresh_key(), path, &json!({})).await.0, StatusCode::CONFLICT, "another key");
    let (status, body) = world.post_as(&key, "/v1/elevations/e2/consume", &json!({})).await;
    let wanted = (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused");
    assert_eq!((status, code(&body).as_str()), wanted, "another elevation");
    assert_eq!(consume(&world, "e2").await, CONSUMED, "which was not spent by that");
}

async fn ids_are_the_gateways_and_of_one_alphabet(world: World) {
    let (longest, too_long) = ("x".repeat(128), "x".repeat(129));
    for (name, id) in [("short", "x"), ("the alphabet", "Az09._~-"), ("long", &longest)] {
        assert_eq!(consume(&world, id).await, CONSUMED, "{name}");
    }
    for (name, id) in [
        ("empty", ""),
        ("too long", too_long.as_str()),
        ("an at sign", "a@b"),
        ("a slash", "a%2Fb"),
        ("a space", "a%20b"),
        ("a zero byte", "%00"),
        ("not ASCII", "%C3%A9"),
    ] {
        let (status, body) = consume(&world, id).await;
        assert_eq!((status, code(&body).as_str()), (StatusCode::BAD_REQUEST, "malformed_request"), "{name}");
    }
}

async fn an_elevation_is_remembered_for_a_day(world: World) {
    consume(&world, "e1").await;
    world.clock.advance(ELEVATION_SECONDS);
    world.service.tidy().await.unwrap();
    assert_eq!(consume(&world, "e1").await.0, StatusCode::CONFLICT);
    world.clock.advance(1);
    world.service.tidy().await.unwrap();
    assert_eq!(consume(&world, "e1").await, CONSUMED, "long after it ran out at the gateway");
}

async fn consume(world: &World, id: &str) -> Answer {
    world.post(&format!("/v1/elevations/{id}/consume"), &json!({})).await
}
