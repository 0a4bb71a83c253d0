//! Compiles a language in that was added as a folder.

fn main() {
    println!("cargo:rerun-if-changed=texts");
}
