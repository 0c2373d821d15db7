//! The benchmark: Confab and the yardstick in turn, scenario after scenario, and the table of their ratios. Owns the
//! order of things; what a scenario is made of stands in `scenarios`, what happens without talk in `quiet`.

mod quiet;
mod scenarios;
mod table;

use crate::{
    cores::Cores,
    load::{AT_ONCE, Crowd, Faults, Figures, converse},
    place::{Place, Plan},
    process::{ANY_PORT, Process, Watched},
};
use scenarios::{Effort, Kind, SCENARIOS, Scenario, Talk};
use std::{
    fs,
    path::{Path, PathBuf},
};
use table::Run;

/// From this part of its core on, what the generator says of delays is about itself.
const BUSY: f64 = 0.85;

/// What all scenarios need.
struct Bench<'a> {
    binary: &'a Path,
    /// Below it every scenario has a data folder of its own.
    scratch: &'a Path,
    cores: Cores,
    effort: Effort,
}

/// Runs the scenarios of these names, or all, and prints the table. An error when something was lost, doubled or out
/// of order, or a scenario could not run; goals that are not met are none.
pub(crate) fn compare(
    binary: &Path,
    scratch: &Path,
    quick: bool,
    named: &[String],
) -> Result<(), String> {
    if let Some(unknown) = named
        .iter()
        .find(|name| SCENARIOS.iter().all(|scenario| scenario.name != **name))
    {
        let all: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        let all = all.join(" ");
        return Err(format!("there is no scenario `{unknown}`; they are {all}"));
    }
    let most = rlimit::increase_nofile_limit(1 << 20).unwrap_or(1_024);
    let bench = Bench {
        binary,
        scratch,
        cores: Cores::take(),
        effort: Effort::new(quick),
    };
    println!("{}", bench.cores.words());
    println!(
        "Medians of {} interleaved runs; CPU is the server's processor time for each delivery. Up to {most} open files.\n",
        bench.effort.runs
    );
    println!("{}", table::HEAD);
    let mut troubles = Vec::new();
    let mut notes = Vec::new();
    let wanted =
        |scenario: &&Scenario| named.is_empty() || named.iter().any(|name| name == scenario.name);
    for scenario in SCENARIOS.iter().filter(wanted) {
        match bench.runs(scenario, most) {
            Ok((runs, note)) => {
                println!("{}", table::row(scenario, &runs, !quick));
                notes.extend(note);
                if runs.iter().any(|run| run.faults.any()) {
                    troubles.push(format!("{}: lost, doubled or out of order", scenario.name));
                }
                let refused = runs.iter().fold(0.0, |most, run| run.refused.max(most));
                if refused > 0.0 {
                    notes.push(format!(
                        "{}: Confab refused up to {:.1} % of the messages: it could not keep up.",
                        scenario.name,
                        refused * 100.0
                    ));
                }
                if runs.iter().any(|run| run.generator > BUSY) {
                    notes.push(format!(
                        "{}: the generator was as busy as it can be; delays are partly its own.",
                        scenario.name
                    ));
                }
            }
            Err(words) => {
                println!(
                    "| {} | {} | – | – | – | – | – | **did not run** |",
                    scenario.name,
                    scenario.goal()
                );
                troubles.push(format!("{}: {words}", scenario.name));
            }
        }
    }
    if !notes.is_empty() {
        println!("\n{}", notes.join("\n"));
    }
    if troubles.is_empty() {
        return Ok(());
    }
    Err(troubles.join("; "))
}

impl Bench<'_> {
    /// All runs of one scenario, and what else is to be said.
    fn runs(&self, scenario: &Scenario, most: u64) -> Result<(Vec<Run>, Option<String>), String> {
        let effort = self.effort;
        let mut note = None;
        // The generator needs one file for each client, the server too, and both some for themselves.
        let fitting = |clients: usize| {
            clients.min(usize::try_from(most).unwrap_or(clients).saturating_sub(256))
        };
        let mut fit = |clients: usize| {
            let fits = fitting(clients);
            if fits < clients {
                note = Some(format!(
                    "{}: {fits} clients instead of {clients}; raise the limit of open files (`ulimit -n`).",
                    scenario.name
                ));
            }
            fits
        };
        let runs = match &scenario.kind {
            Kind::Talk(talk) | Kind::Sends(talk) => self.talk(scenario, talk)?,
            Kind::Idle { clients, small } => self.idle(fit(effort.of(*clients, *small)))?,
            Kind::Connect { clients, small } => self.connect(effort.of(*clients, *small))?,
            Kind::Fresh => self.fresh()?,
            Kind::Storm { clients, small } => self.storm(fit(effort.of(*clients, *small)))?,
        };
        Ok((runs, note))
    }

    fn talk(&self, scenario: &Scenario, talk: &Talk) -> Result<Vec<Run>, String> {
        let size = talk.size(self.effort);
        let (folder, place) = self.place(scenario.name, size.plan())?;
        let clients = size.rooms * size.members;
        let mut runs = Vec::new();
        for _ in 0..self.effort.runs {
            let mut limit = None;
            if scenario.kind.has_yardstick() {
                let server = Process::yardstick(self.cores, ANY_PORT, talk.coalesce)?;
                let crowd = Crowd::new(server.address, size.paths(), false)?;
                let script = talk.script(size, Vec::new());
                limit = Some(self.talk_once(crowd, &script, server.watched)?);
            }
            let server = self.confab(&folder)?;
            let crowd = Crowd::new(server.address, place.paths(clients), true)?;
            let script = talk.script(size, place.rooms.clone());
            let ours = self.talk_once(crowd, &script, server.watched)?;
            runs.push(compared(talk, &ours, limit.as_ref()));
        }
        Ok(runs)
    }

    fn talk_once(
        &self,
        mut crowd: Crowd,
        script: &crate::load::Script,
        server: Watched,
    ) -> Result<Figures, String> {
        crowd.open_all(AT_ONCE)?;
        converse(
            &mut crowd,
            script,
            server,
            self.effort.warm,
            self.effort.lasts,
        )
    }

    fn confab(&self, folder: &Folder) -> Result<Process, String> {
        Process::confab(self.cores, self.binary, &folder.0, ANY_PORT)
    }

    /// A folder with people and rooms in it. The server that made them is gone, and its memory with it.
    fn place(&self, name: &str, plan: Plan) -> Result<(Folder, Place), String> {
        let folder = Folder::new(self.scratch, name)?;
        let server = self.confab(&folder)?;
        let place = Place::make(server.address, plan)?;
        Ok((folder, place))
    }
}

fn compared(talk: &Talk, ours: &Figures, limit: Option<&Figures>) -> Run {
    let figure = |of: &Figures| match limit {
        None => of.acked as f64 / of.seconds.max(0.001),
        Some(_) if talk.coalesce => 1_000.0 / of.micros_per_delivery(),
        Some(_) => of.micros_per_delivery(),
    };
    let mut faults: Faults = ours.faults;
    if let Some(limit) = limit {
        faults.add(limit.faults);
    }
    let p99 = match limit {
        Some(limit) => ours.delays[1] / limit.delays[1].max(0.001),
        None => ours.ack_delays[1],
    };
    Run {
        ours: figure(ours),
        limit: limit.map(figure),
        p99: Some(p99),
        faults,
        refused: ours.refused as f64 / (ours.said + ours.refused).max(1) as f64,
        generator: ours
            .generator
            .max(limit.map_or(0.0, |limit| limit.generator)),
    }
}

/// A data folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(scratch: &Path, name: &str) -> Result<Self, String> {
        let path = scratch.join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
