"""The console as one ASGI app, mounted at /console: the list of its routes, its middleware and its error pages."""

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.console import (
    accounts,
    actions,
    cases,
    content,
    media,
    organisations,
    passkeys,
    problems,
    reveal,
    second,
    sessions,
    studio,
    worklists,
)  # fmt: skip
from bot.console.frame import STATIC, Console, get_words, render
from bot.console.headers import SecureHeaders
from bot.console.sessions import LoadSession, Slowdown, staff_only
from bot.console.words import N_

if TYPE_CHECKING:
    from bot.app import Helpline

ROUTES: list[BaseRoute] = [
    Route("/login", sessions.show_login),
    Route("/login", sessions.log_in, methods=["POST"]),
    Route("/login/code", sessions.take_code, methods=["POST"]),
    Route("/login/passkey", passkeys.log_in, methods=["POST"]),
    Route("/login/passkey/options", passkeys.ask_to_log_in, methods=["POST"]),
    Route("/logout", staff_only(sessions.log_out), methods=["POST"]),
    Route("/join/{token}", accounts.show_join),
    Route("/join/{token}", accounts.join, methods=["POST"]),
    Route("/", staff_only(cases.show_cases)),
    Route("/events", staff_only(cases.send_list_events)),
    Route("/cases/{id:int}", staff_only(cases.show_case)),
    Route("/cases/{id:int}/events", staff_only(cases.send_case_events)),
    Route("/cases/{id:int}/reveal", staff_only(reveal.reveal), methods=["POST"]),
    Route("/cases/{id:int}/{step}", staff_only(actions.act), methods=["POST"]),
    Route("/outbox/{id:int}/again", staff_only(actions.send_again), methods=["POST"]),
    Route("/outbox/{id:int}/cancel", staff_only(actions.cancel), methods=["POST"]),
    Route("/outbox/{id:int}/now", staff_only(actions.send_now), methods=["POST"]),
    Route("/media/{id:int}", staff_only(media.show_media)),
    Route("/undelivered", staff_only(problems.show_undelivered)),
    Route("/answers", staff_only(content.show_answers)),
    Route("/answers/{label}", staff_only(content.show_answer)),
    Route("/studio", staff_only(studio.show_list, admin=True)),
    Route("/studio/work", staff_only(worklists.show_worklists, admin=True)),
    Route("/studio/{kind}/{name:path}/preview", staff_only(studio.preview, admin=True), methods=["POST"]),
    Route("/studio/{kind}/{name:path}/do/{step}", staff_only(studio.act, admin=True), methods=["POST"]),
    Route("/studio/{kind}/{name:path}", staff_only(studio.show_text, admin=True)),
    Route("/account", staff_only(accounts.show_account)),
    Route("/account", staff_only(accounts.change_language), methods=["POST"]),
    Route("/account/second", staff_only(second.show_setup)),
    Route("/account/second", staff_only(second.set_up), methods=["POST"]),
    Route("/account/passkeys", staff_only(passkeys.add), methods=["POST"]),
    Route("/account/passkeys/options", staff_only(passkeys.ask_to_add), methods=["POST"]),
    Route("/account/passkeys/{id:int}/remove", staff_only(passkeys.remove), methods=["POST"]),
    Route("/account/sessions", staff_only(accounts.end_sessions), methods=["POST"]),
    Route("/users", staff_only(accounts.show_users, admin=True)),
    Route("/users/invite", staff_only(accounts.invite, admin=True), methods=["POST"]),
    Route("/users/organisations", staff_only(organisations.keep, admin=True), methods=["POST"]),
    Route("/users/{id:int}/second", staff_only(second.remove_for, admin=True), methods=["POST"]),
    Route("/users/{id:int}/duty", staff_only(accounts.change_duty, admin=True), methods=["POST"]),
    Route("/users/{id:int}/access", staff_only(accounts.change_access, admin=True), methods=["POST"]),
    Mount("/static", StaticFiles(directory=STATIC)),
]


def build_console(helpline: "Helpline") -> Starlette:
    """Return the console's pages over the parts of a helpline."""
    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(SecureHeaders, https=helpline.settings.public_url.startswith("https://")),
            Middleware(LoadSession, store=helpline.store, clock=helpline.clock),
        ],
        exception_handlers={HTTPException: show_problem, 500: show_fault},
    )
    app.state.console = Console(helpline)
    app.state.slowdown = Slowdown()
    return app


_SAID = {
    404: (N_("Not found"), N_("There is nothing here. It may have been deleted, or the link is wrong.")),
    405: (N_("Not found"), N_("There is nothing here. It may have been deleted, or the link is wrong.")),
}
_OTHERWISE = (N_("Not possible"), N_("This request could not be done. Go back and try again."))


async def show_problem(request: Request, error: Exception) -> Response:
    """Say in plain words what is wrong and what to do."""
    _, status = get_words(request), error.status_code if isinstance(error, HTTPException) else 500
    heading, what = _SAID.get(status, _OTHERWISE)
    return render(request, "problem.html", status, heading=_(heading), what=_(what))


async def show_fault(request: Request, error: Exception) -> Response:
    _ = get_words(request)
    what = _("Our own fault. Nothing was changed. Go back and try again; if it stays, tell your administrator.")
    return render(request, "problem.html", 500, heading=_("Something went wrong"), what=what)
