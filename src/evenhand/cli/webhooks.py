"""`evenhand webhook`: addresses that are told of events, and what was sent to them."""

from __future__ import annotations

from typing import Annotated

import typer

from evenhand.cli.connection import Terminal, connected

app = typer.Typer(help="Webhooks: addresses that are told of events.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The webhook's id.")]


@app.command("list")
@connected
def list_webhooks(at: Terminal) -> None:
    """List the webhooks of the organization."""
    columns = ["id", "url", "state", "events", "project_id", "failing_since"]
    at.table(at.client.webhooks.list(), columns, none="There is no webhook.")


@app.command("create")
@connected
def create_webhook(
    at: Terminal,
    address: Annotated[str, typer.Argument(help="Where to send events.")],
    event: Annotated[list[str], typer.Option(help="An event to tell, such as task.done; once for each.")],
    project: Annotated[str | None, typer.Option("--project", "-p", help="Of this project only.")] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Register an address; prints the secret that signs what is sent there, once."""
    only = at.project(project) if project else None
    made = at.client.webhooks.create(address, event, project=only, description=description)
    at.show(made, lines=[made["secret"], f"Webhook {made['id']}. The secret is shown once."])


@app.command("pause")
@connected
def pause_webhook(at: Terminal, webhook: Id) -> None:
    """Send nothing for now; what happens meanwhile waits."""
    at.client.webhooks.change(webhook, state="paused")
    at.show({"id": webhook, "state": "paused"}, lines=["Paused."])


@app.command("resume")
@connected
def resume_webhook(at: Terminal, webhook: Id) -> None:
    """Go on sending, also after it was disabled."""
    at.client.webhooks.change(webhook, state="active")
    at.show({"id": webhook, "state": "active"}, lines=["Active."])


@app.command("secret")
@connected
def new_secret(at: Terminal, webhook: Id) -> None:
    """Replace the secret; prints the new one, once. For a day deliveries are signed with both."""
    made = at.client.webhooks.new_secret(webhook)
    at.show(made, lines=[made["secret"]])


@app.command("test")
@connected
def test_webhook(at: Terminal, webhook: Id) -> None:
    """Send an event that says nothing."""
    delivery = at.client.webhooks.test(webhook)
    at.show({"delivery_id": delivery}, lines=[f"On its way: {delivery}. See `evenhand webhook deliveries {webhook}`."])


@app.command("deliveries")
@connected
def list_deliveries(
    at: Terminal,
    webhook: Id,
    state: Annotated[str | None, typer.Option(help="waiting, delivered or failed.")] = None,
) -> None:
    """List what was sent and what waits, newest first."""
    columns = ["id", "event", "at", "state", "attempts", "status", "problem", "next_at"]
    at.table(at.client.webhooks.deliveries(webhook, state=state), columns, none="Nothing was sent yet.")


@app.command("resend")
@connected
def resend_delivery(
    at: Terminal, webhook: Id, delivery: Annotated[str, typer.Argument(help="The delivery's id.")]
) -> None:
    """Send a delivery again, whatever became of it."""
    at.client.webhooks.resend(webhook, delivery)
    at.show({"delivery_id": delivery}, lines=["On its way again."])


@app.command("remove")
@connected
def remove_webhook(at: Terminal, webhook: Id) -> None:
    """Remove a webhook, with what is on its way to it and its log."""
    at.client.webhooks.remove(webhook)
    at.show({"removed": webhook}, lines=["Removed."])
