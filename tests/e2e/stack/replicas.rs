//! The same rows before two gateways and two orchestrators on one `PostgreSQL`, where every request meets the other
//! replica than the one before. The verdicts reach one orchestrator only, and each row begins with either.

use std::sync::Arc;

use countersign_test_postgres::Postgres;
use countersign_tests::client::Protocol;
use countersign_tests::stack::Stack;
use countersign_tests::suite::{Shared, Suite};

use super::tables;

pub(crate) fn add(suite: &mut Suite) {
    let there = Postgres::is_there();
    if !there {
        eprintln!("no PostgreSQL: neither COUNTERSIGN_TEST_POSTGRES nor Debian's postgresql");
    }
    for (mode, waits, protocol) in [("waits", true, Protocol::Http1), ("streams", false, Protocol::Http2)] {
        let stack = Shared::new(move || Stack::replicated(waits));
        for (begins, with_the_second) in [("with_the_first", false), ("with_the_second", true)] {
            for (table, rows) in tables(waits) {
                for &(row, check) in rows {
                    let stack = Arc::clone(&stack);
                    let name = format!("{mode}/replicas/{begins}/{table}/{row}");
                    suite.row_where(there, name, move || async move {
                        let stack = stack.turn().await;
                        stack.begin_trail();
                        stack.begin_turns(with_the_second);
                        check(&stack, stack.client(protocol)).await;
                        stack.expect_turns(with_the_second).await;
                    });
                }
            }
        }
    }
}
