// The crate ua-parser as a side of the user agent benchmark: ua_crate AGENTS REGEXES.json, then a
// command a line on standard input: "run N" reads N agents, on from where the last run stopped, and
// prints the nanoseconds.
use std::io::BufRead;
use std::time::Instant;

fn main() {
    let mut args = std::env::args().skip(1);
    let agents = std::fs::read_to_string(args.next().expect("AGENTS")).expect("agents");
    let regexes = std::fs::read(args.next().expect("REGEXES")).expect("regexes");
    let regexes: ua_parser::Regexes = serde_json::from_slice(&regexes).expect("regexes");
    let extractor = ua_parser::Extractor::try_from(regexes).expect("rules");
    let agents: Vec<&str> = agents.lines().collect();
    let mut next = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a command");
        let count: usize = line.strip_prefix("run ").and_then(|n| n.parse().ok()).expect("run N");
        let start = Instant::now();
        for _ in 0..count {
            std::hint::black_box(extractor.extract(std::hint::black_box(agents[next])));
            next = (next + 1) % agents.len();
        }
        println!("{}", start.elapsed().as_nanos());
    }
}
