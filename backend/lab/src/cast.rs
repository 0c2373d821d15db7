//! Who takes part: people, each with one or two devices, and the rooms that they begin with.

use crate::{
    device::Device,
    lab::Lab,
    plan::Size,
    session::{Session, read},
};
use model::{Failure, Input};
use serde_json::json;
use shared::{UserId, accounts::Me, rooms::Room};
use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};
use tokio::time::sleep;

/// Everyone, by device.
pub(crate) struct Cast {
    pub(crate) lab: Rc<Lab>,
    pub(crate) devices: Vec<Rc<Device>>,
    /// Whose device it is.
    pub(crate) users: Vec<UserId>,
    /// Calls under way that are no effects of a model.
    pub(crate) under_way: Cell<usize>,
    made: Cell<usize>,
}

fn failed(what: &'static str) -> impl Fn(Failure) -> String {
    move |failure| format!("{what}: {failure:?}")
}

impl Cast {
    /// Registers everyone, makes the first rooms and opens all clients.
    pub(crate) async fn gather(
        lab: &Rc<Lab>,
        size: Size,
        to: SocketAddr,
    ) -> Result<Rc<Self>, String> {
        let mut devices = Vec::new();
        let mut people: Vec<Me> = Vec::new();
        for person in 0..size.people {
            let session = Session::new(to, name(person));
            let me = session.register().await.map_err(failed("registering"))?;
            devices.push((Device::new(lab, devices.len(), to, session), me.clone()));
            people.push(me);
        }
        for (person, me) in people.iter().take(size.second).enumerate() {
            let session = Session::new(to, name(person));
            session.sign_in().await.map_err(failed("signing in"))?;
            devices.push((Device::new(lab, devices.len(), to, session), me.clone()));
        }
        let users = devices.iter().map(|(_, me)| me.user.id).collect::<Vec<_>>();
        lab.history.borrow_mut().people.clone_from(&users);
        rooms(lab, &devices, size.people).await?;
        for (device, me) in &devices {
            device.dispatch(Input::SignedIn(Box::new(me.clone())));
        }
        let devices = devices.into_iter().map(|(device, _)| device).collect();
        Ok(Rc::new(Self {
            lab: Rc::clone(lab),
            devices,
            users,
            under_way: Cell::new(0),
            made: Cell::new(0),
        }))
    }

    /// Counts a room that is to be made; `None` when there are enough.
    pub(crate) fn one_more_room(&self, most: usize) -> Option<()> {
        let made = self.made.get();
        (made < most).then(|| self.made.set(made + 1))
    }

    /// Waits until nothing that was asked beside the models is open.
    pub(crate) async fn at_rest(&self) {
        while self.under_way.get() > 0 {
            sleep(Duration::from_millis(50)).await;
        }
    }
}

fn name(person: usize) -> String {
    format!("person{person}")
}

/// General is there already. Two public rooms, three private ones and four conversations beside it.
async fn rooms(lab: &Lab, devices: &[(Rc<Device>, Me)], people: usize) -> Result<(), String> {
    let mut chance = lab.chance();
    let ids: Vec<i64> = devices[..people]
        .iter()
        .map(|(_, me)| me.user.id.0)
        .collect();
    for number in 0..5_usize {
        let maker = chance.index(people);
        let members: Vec<i64> = chance.shuffled(&ids).into_iter().take(people / 2).collect();
        let kind = if number < 2 { "public" } else { "private" };
        let new = json!({ "kind": kind, "name": format!("Room {number}"), "member_ids": members });
        let session = &devices[maker].0.session;
        let text = session.call("POST", "/rooms", Some(&new)).await;
        let room: Room = text
            .and_then(|text| read(&text))
            .map_err(failed("making a room"))?;
        // A second owner, so that the first may go.
        let other = members.iter().find(|id| **id != ids[maker]);
        if let Some(other) = other {
            let path = format!("/rooms/{}/members/{other}", room.id);
            let role = json!({ "role": "owner" });
            let done = session.call("PUT", &path, Some(&role)).await;
            done.map_err(failed("naming an owner"))?;
        }
    }
    for number in 0..4_usize {
        let maker = chance.index(people);
        let others: Vec<i64> = chance
            .shuffled(&ids)
            .into_iter()
            .take(1 + number / 2)
            .collect();
        let new = json!({ "user_ids": others });
        let session = &devices[maker].0.session;
        let made = session.call("POST", "/rooms/direct", Some(&new)).await;
        made.map_err(failed("beginning a conversation"))?;
    }
    Ok(())
}
