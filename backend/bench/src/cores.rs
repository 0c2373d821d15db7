//! Which core the server runs on and which the generator: with one each they do not take time from each other.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// The two cores; none when they cannot be told apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores(Option<[u32; 2]>);

impl Cores {
    /// The first two that this process may use. Puts itself, the generator, on the second.
    pub(crate) fn take() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let list = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let [Some(first), Some(second)] = first_two(list.unwrap_or_default()) else {
            return Self(None);
        };
        let put = Command::new("taskset")
            .args(["-cp", &second.to_string(), &std::process::id().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        Self(
            put.is_ok_and(|status| status.success())
                .then_some([first, second]),
        )
    }

    /// What to say about it.
    pub(crate) fn words(self) -> String {
        match self.0 {
            Some([server, generator]) => {
                format!("The server runs on core {server}, the generator on core {generator}.")
            }
            None => "Not pinned, for want of a second core or of taskset (util-linux): server and generator take time \
                     from each other, and times mean little."
                .to_owned(),
        }
    }

    /// The program, to be started on the server's core.
    pub(crate) fn of_server(self, program: &Path) -> Command {
        let Some([core, _]) = self.0 else {
            return Command::new(program);
        };
        let mut command = Command::new("taskset");
        command.args(["-c", &core.to_string()]).arg(program);
        command
    }
}

/// Of a list like `0-3,8`.
fn first_two(list: &str) -> [Option<u32>; 2] {
    let mut cores = list.trim().split(',').flat_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (first.parse::<u32>(), last.parse::<u32>()) {
            (Ok(first), Ok(last)) => first..last.saturating_add(1),
            _ => 0..0,
        }
    });
    [cores.next(), cores.next()]
}

#[cfg(test)]
mod tests {
    use super::first_two;

    #[test]
    fn the_first_two_cores_are_found_in_any_list() {
        assert_eq!(first_two("\t0-1"), [Some(0), Some(1)]);
        assert_eq!(first_two("4,8-11"), [Some(4), Some(8)]);
        assert_eq!(first_two("3"), [Some(3), None]);
        assert_eq!(first_two(""), [None, None]);
    }
}
