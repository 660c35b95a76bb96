//! A core gone bad, for tests of its hosts (`--features hostile`). What is shipped has none of it.

/// Does what a document has written in it.
pub(crate) fn answer(document: &[u8]) -> Option<Vec<u8>> {
    let says = |mark: &str| document.windows(mark.len()).any(|window| window == mark.as_bytes());
    if says("hostile-trap") {
        std::process::abort();
    }
    if says("hostile-loop") {
        loop {
            core::hint::spin_loop();
        }
    }
    if says("hostile-memory") {
        let mut kept = Vec::new();
        loop {
            kept.push(vec![1_u8; 1 << 20]);
        }
    }
    says("hostile-garbage").then(|| vec![0xff; 64])
}
