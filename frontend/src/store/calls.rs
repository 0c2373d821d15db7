//! What views ask the server for themselves. The model learns what the answers bring, before the caller has them.

use super::{Store, keep};
use crate::net::{api, session};
use model::{Failure, Input, Learned};
use shared::{
    RoomId, SessionId, UserId,
    accounts::{ChangePassword, Devices, Login, Me, PatchMe, Register, User, Users},
    members::MemberRole,
    rooms::{NewRoom, PatchMy, PatchRoom, Room, Rooms},
    server::{PatchServer, Server},
};

impl Store {
    fn learn(self, learned: Learned) {
        self.dispatch(Input::Learned(learned));
    }

    fn learn_room(self, room: Room) -> Room {
        self.learn(Learned::Room(Box::new(room.clone())));
        room
    }

    fn learn_me(self, me: Me) -> Me {
        self.learn(Learned::Me(Box::new(me.clone())));
        me
    }

    /// The place: name, who may join, whether it is new. Needs nobody signed in.
    pub(crate) async fn server(self) -> Result<Server, Failure> {
        api::server().await
    }

    /// Names the place, or says who may join.
    pub(crate) async fn patch_server(self, patch: &PatchServer) -> Result<Server, Failure> {
        api::patch_server(patch).await
    }

    async fn enter(self, me: Me) {
        let id = me.user.id.0;
        self.dispatch(Input::SignedIn(Box::new(me)));
        // What this person left unsent here, as after a session that ended.
        let restored = keep::restore(id).await;
        self.dispatch(Input::Restore(Box::new(restored)));
    }

    /// Makes an account and signs in with it.
    pub(crate) async fn register(self, new: &Register) -> Result<(), Failure> {
        let me = session::register(new).await?;
        self.enter(me).await;
        Ok(())
    }

    /// Signs in.
    pub(crate) async fn login(self, login: String, password: String) -> Result<(), Failure> {
        let me = session::login(&Login { login, password }).await?;
        self.enter(me).await;
        Ok(())
    }

    /// Signs out in all tabs and wipes what was kept here (S-SES-8).
    pub(crate) async fn sign_out(self) {
        self.dispatch(Input::SignedOut);
        session::logout().await;
    }

    /// One's signed-in devices.
    pub(crate) async fn devices(self) -> Result<Devices, Failure> {
        api::devices().await
    }

    /// Signs one of them out.
    pub(crate) async fn revoke_device(self, session: SessionId) -> Result<(), Failure> {
        api::revoke_device(session).await
    }

    /// Changes one's profile.
    pub(crate) async fn patch_me(self, patch: &PatchMe) -> Result<Me, Failure> {
        Ok(self.learn_me(api::patch_me(patch).await?))
    }

    /// Sets one's picture.
    pub(crate) async fn put_avatar(self, image: &web_sys::Blob) -> Result<Me, Failure> {
        Ok(self.learn_me(api::put_avatar(image).await?))
    }

    /// Takes one's picture away.
    pub(crate) async fn delete_avatar(self) -> Result<Me, Failure> {
        Ok(self.learn_me(api::delete_avatar().await?))
    }

    /// Changes one's password; all other devices are signed out.
    pub(crate) async fn change_password(
        self,
        current_password: String,
        new_password: String,
    ) -> Result<(), Failure> {
        api::change_password(&ChangePassword {
            current_password,
            new_password,
        })
        .await
    }

    /// Deletes one's account and everything kept here.
    pub(crate) async fn delete_me(self, password: String) -> Result<(), Failure> {
        api::delete_me(password).await?;
        self.dispatch(Input::SignedOut);
        session::clear().await;
        Ok(())
    }

    /// All one's data, as a zip.
    pub(crate) async fn export_me(self, password: String) -> Result<web_sys::Blob, Failure> {
        api::export_me(password).await
    }

    /// People by name; `cursor` is `next_cursor` of the page before.
    pub(crate) async fn find_users(self, q: &str, cursor: Option<&str>) -> Result<Users, Failure> {
        let found = api::find_users(q, cursor).await?;
        self.learn(Learned::Users(found.users.clone()));
        Ok(found)
    }

    /// Someone, as they are now.
    pub(crate) async fn user(self, id: UserId) -> Result<User, Failure> {
        let user = api::user(id).await?;
        self.learn(Learned::Users(vec![user.clone()]));
        Ok(user)
    }

    /// Public rooms by name; `cursor` is `next_cursor` of the page before.
    pub(crate) async fn directory(self, q: &str, cursor: Option<&str>) -> Result<Rooms, Failure> {
        api::directory(q, cursor).await
    }

    /// Makes a room; it is in the list before this returns.
    pub(crate) async fn create_room(self, new: &NewRoom) -> Result<Room, Failure> {
        Ok(self.learn_room(api::create_room(new).await?))
    }

    /// The direct room with these people, made if there is none.
    pub(crate) async fn direct(self, users: Vec<UserId>) -> Result<Room, Failure> {
        Ok(self.learn_room(api::direct(users).await?))
    }

    /// Joins a public room.
    pub(crate) async fn join(self, room: RoomId) -> Result<Room, Failure> {
        Ok(self.learn_room(api::join(room).await?))
    }

    /// Leaves a room.
    pub(crate) async fn leave(self, room: RoomId) -> Result<(), Failure> {
        api::leave(room).await?;
        self.learn(Learned::Left(room));
        Ok(())
    }

    /// Renames, archives, sets the topic.
    pub(crate) async fn patch_room(self, room: RoomId, patch: &PatchRoom) -> Result<Room, Failure> {
        Ok(self.learn_room(api::patch_room(room, patch).await?))
    }

    /// Mutes, pins, sets what calls for attention.
    pub(crate) async fn room_settings(
        self,
        room: RoomId,
        patch: &PatchMy,
    ) -> Result<Room, Failure> {
        Ok(self.learn_room(api::room_settings(room, patch).await?))
    }

    /// Adds someone to a room, or changes their role.
    pub(crate) async fn put_member(
        self,
        room: RoomId,
        user: UserId,
        role: MemberRole,
    ) -> Result<(), Failure> {
        api::put_member(room, user, role).await
    }

    /// Removes someone from a room.
    pub(crate) async fn remove_member(self, room: RoomId, user: UserId) -> Result<(), Failure> {
        api::remove_member(room, user).await
    }
}
