//! A whole run: the plan is carried out, the faults end, everybody comes to rest, and what is so is compared with what
//! was seen.

use crate::{
    cast::Cast,
    chance::Chance,
    check::{self, Finding},
    cluster::Cluster,
    deeds,
    device::Device,
    lab::Lab,
    plan::{Deed, Frames, Size, Step, What, plan},
    proxy::Proxy,
    truth::{self, RoomState},
};
use model::{Action, Connection};
use std::{
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::time::{sleep, sleep_until};

/// How long everybody may take to be equal once all faults are gone.
const REST: Duration = Duration::from_secs(120);

/// Carries out a whole run and gives what every check found.
pub(crate) async fn run(
    lab: &Rc<Lab>,
    seed: u64,
    size: Size,
    binary: &Path,
    folder: &Path,
) -> Result<Vec<Finding>, String> {
    let cluster = Rc::new(Cluster::start(lab, size.nodes, binary, folder).await?);
    if !cluster.has_clock() {
        crate::say("The clock of the server stays as it is: libfaketime is not installed");
    }
    let proxy = Proxy::start(lab, seed, cluster.addresses())
        .await
        .map_err(|error| format!("cannot listen: {error}"))?;
    let cast = Cast::gather(lab, size, proxy.address).await?;
    proxy.calm(false);
    // Which node is struck follows from the seed as well.
    let which = Chance::of(seed, 7);
    carry_out(lab, &plan(seed, size), which, &cast, &proxy, &cluster).await?;
    crate::say("The faults end; everybody comes to rest");
    proxy.calm(true);
    lab.frames.set(Frames::default());
    cluster.calm().await?;
    let (equal, mut fresh) = rest(&cast).await?;
    let mut live = None;
    if size.nodes > 1 && equal.differences.is_empty() {
        crate::say("Everybody writes once more; nobody reconnects");
        let mut chance = Chance::of(seed, 8);
        for device in 0..cast.devices.len() {
            deeds::act(&cast, device, Deed::Send, chance.number());
        }
        let (finding, after) = settle(&cast, "the nodes hear each other again").await?;
        fresh = after;
        live = Some(finding);
    }
    let rows = truth::of_sqlite(&cluster.end().await?)?;
    let mut findings = check::all(&lab.history.borrow(), &rows);
    findings.push(equal);
    findings.extend(live);
    let mut counted = Finding::new("unread and mentions equal a recount of the rows");
    for (device, fresh) in fresh.iter().enumerate() {
        check::recounted(&mut counted, cast.users[device], fresh, &rows);
    }
    findings.push(counted);
    Ok(findings)
}

async fn carry_out(
    lab: &Rc<Lab>,
    steps: &[Step],
    mut which: Chance,
    cast: &Rc<Cast>,
    proxy: &Rc<Proxy>,
    cluster: &Rc<Cluster>,
) -> Result<(), String> {
    let began = tokio::time::Instant::now();
    let mut said = 0;
    for step in steps {
        sleep_until(began + Duration::from_millis(step.at_ms)).await;
        if step.at_ms / 60_000 > said {
            said = step.at_ms / 60_000;
            crate::say(&format!("Minute {said}"));
        }
        match &step.what {
            What::Deed { device, deed, luck } => deeds::act(cast, *device, *deed, *luck),
            What::Line(line) => proxy.disturb(*line),
            What::Frames(frames) => lab.frames.set(*frames),
            // Faults of the server follow one upon the other; deeds go on meanwhile.
            What::Server(fault) => {
                let (cluster, fault) = (Rc::clone(cluster), *fault);
                let node = which.index(cluster.addresses().len());
                aside(lab, async move { cluster.strike(node, fault).await });
            }
            What::Store(fault) => {
                let (cluster, fault) = (Rc::clone(cluster), *fault);
                aside(lab, async move { cluster.strike_store(fault).await });
            }
        }
    }
    // The last fault of the server comes to its end.
    loop {
        sleep(Duration::from_millis(50)).await;
        if !cluster.is_struck() {
            return Ok(());
        }
    }
}

/// Lets a fault take its time; one that cannot be carried out is a difference.
fn aside(lab: &Rc<Lab>, fault: impl Future<Output = Result<(), String>> + 'static) {
    let lab = Rc::clone(lab);
    tokio::task::spawn_local(async move {
        if let Err(words) = fault.await {
            lab.wrong(words);
        }
    });
}

/// Lets everybody reconnect and come to rest.
async fn rest(cast: &Rc<Cast>) -> Result<(Finding, Vec<Vec<RoomState>>), String> {
    cast.at_rest().await;
    for device in &cast.devices {
        // What was lost at the very end is noticed with the next hello.
        device.cut();
    }
    settle(cast, "every client equals a fresh load").await
}

/// Compares each with a fresh load, until there is no difference or time is up.
async fn settle(
    cast: &Rc<Cast>,
    check: &'static str,
) -> Result<(Finding, Vec<Vec<RoomState>>), String> {
    let until = Instant::now() + REST;
    let mut finding = Finding::new(check);
    let mut fresh = Vec::new();
    loop {
        let mut differences = Vec::new();
        for device in &cast.devices {
            differences.extend(unsettled(cast, device));
        }
        if differences.is_empty() {
            fresh.clear();
            finding.looked_at = 0;
            for device in &cast.devices {
                let (shown, so) = compare(device).await?;
                finding.looked_at += so.iter().map(|it| it.messages.len() + 1).sum::<usize>();
                differences.extend(check::equal(device.index, &shown, &so));
                fresh.push(so);
            }
        }
        if differences.is_empty() || Instant::now() > until {
            finding.differences = differences;
            return Ok((finding, fresh));
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// What a device still has to do, as its person sees it; does what a person would do about it.
fn unsettled(cast: &Rc<Cast>, device: &Rc<Device>) -> Vec<String> {
    let mut found = Vec::new();
    let words = |what: &str| format!("device {} {what}", device.index);
    let connection = device.model.borrow().connection();
    if connection != Connection::Online {
        found.push(words(&format!("is {connection:?}")));
        return found;
    }
    let rooms = deeds::rooms_of(device, |_| true);
    for room in rooms {
        deeds::tidy_outbox(cast, device, room);
        let loaded = device.model.borrow().timeline(room).loaded;
        if !loaded {
            device.act(Action::Open(room));
        }
        deeds::to_the_end(device, room);
        if device.model.borrow().members(room).is_none() {
            device.act(Action::NeedMembers(room));
            found.push(words(&format!("waits for the members of room {room}")));
        }
        let view = device.model.borrow().timeline(room);
        if !view.loaded || view.after != model::Edge::Reached {
            found.push(words(&format!("waits for messages of room {room}")));
        }
    }
    let history = cast.lab.history.borrow();
    for (client_id, outgoing) in &*device.saved.borrow() {
        let written = history.written.get(client_id);
        if written.is_none_or(|written| written.refused.is_none()) {
            found.push(words(&format!("has not sent {outgoing:?}")));
        }
    }
    found
}

/// A device's rooms as it shows them, and as a fresh load gives them.
async fn compare(device: &Rc<Device>) -> Result<(Vec<RoomState>, Vec<RoomState>), String> {
    let shown = device.look();
    let mut fresh = Vec::new();
    for room in truth::rooms(device).await? {
        let above = shown
            .iter()
            .find(|(state, _)| state.room.id == room.id)
            .map_or(0, |(_, above)| *above);
        fresh.push(truth::room(device, room, above).await?);
    }
    Ok((shown.into_iter().map(|(state, _)| state).collect(), fresh))
}
