//! Builds anew when a migration was added: `sqlx::migrate!` sees only those that it read before.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
