//! What reading the Markdown subset of a message costs: `cargo bench -p shared`. Owns the texts that it is tried with.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shared::markup;
use std::hint::black_box;

const PLAIN: &str =
    "Lunch at one? The place around the corner has a table for eight, and it does not rain.";
const RICH: &str = "Hello @ines, the **new** build is `4.2.1`, see https://example.org/builds/421?log=1 ||or not||:\n\
                    \n> is it out?\n\n1. fetch it\n2. _try_ it\n   - at home\n\n```rust\nfn main() { println!(\"hi\"); }\n```\n~~done~~";

fn read(criterion: &mut Criterion) {
    // As long as a message can be, and made of nothing but what has to be looked at twice.
    let hostile = "*a _b ~~c ||d [e](".repeat(16_000 / 18);
    let mut group = criterion.benchmark_group("markup");
    for (name, text) in [
        ("an ordinary message", PLAIN),
        ("one of everything", RICH),
        ("16,000 characters that open and never close", &hostile),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| markup::parse(black_box(text)));
        });
    }
    group.throughput(Throughput::Bytes(RICH.len() as u64));
    group.bench_function("the preview of one of everything", |bencher| {
        bencher.iter(|| markup::plain(black_box(RICH), 120));
    });
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
