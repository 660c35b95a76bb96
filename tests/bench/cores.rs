//! Envoy on one core, everything that drives it on another.

use std::path::Path;
use std::process::Command;

/// Which core does what. On a machine with one core nothing is pinned, and the numbers mean little.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    /// Envoy's.
    pub(crate) envoy: Option<usize>,
    /// The load's and the stand-ins'.
    load: Option<usize>,
}

impl Cores {
    /// The first two cores that this process may use.
    pub(crate) fn allowed() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux: /proc/self/status");
        let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let cores = parse(list.expect("a list of allowed cores"));
        match cores.as_slice() {
            [envoy, load, ..] => Self { envoy: Some(*envoy), load: Some(*load) },
            _ => Self { envoy: None, load: None },
        }
    }

    /// Moves this process, all its threads, to the load's core.
    pub(crate) fn take_load_core(self) {
        let Some(core) = self.load else { return };
        let (core, process) = (core.to_string(), std::process::id().to_string());
        let taken = Command::new("taskset").args(["-a", "-p", "-c", &core, &process]).output();
        let taken = taken.expect("taskset (util-linux) is installed");
        assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    }

    /// A command that starts a program on every core again, or on Envoy's alone.
    pub(crate) fn command(self, program: &Path, pinned: bool) -> tokio::process::Command {
        let (Some(envoy), Some(load)) = (self.envoy, self.load) else {
            return tokio::process::Command::new(program);
        };
        let cores = if pinned { envoy.to_string() } else { format!("{envoy},{load}") };
        let mut command = tokio::process::Command::new("taskset");
        command.args(["-c", &cores]).arg(program);
        command
    }
}

/// `0-1,4` (`man 7 cpuset`, "List format").
fn parse(list: &str) -> Vec<usize> {
    let number = |text: &str| text.trim().parse::<usize>().expect("the number of a core");
    list.trim()
        .split(',')
        .flat_map(|range| match range.split_once('-') {
            Some((first, last)) => number(first)..=number(last),
            None => number(range)..=number(range),
        })
        .collect()
}

#[test]
fn lists_of_cores_are_read() {
    for (list, cores) in [("0-1", vec![0, 1]), ("\t3", vec![3]), ("0,2-4,7", vec![0, 2, 3, 4, 7])] {
        assert_eq!(parse(list), cores, "{list}");
    }
}
