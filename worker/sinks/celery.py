"""A task of a Celery application as destination, sent by name to its broker: at least once, task id as message id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import celery
import msgspec

from worker.kombu_target import Declare, KombuTarget, Message, Route
from worker.ports import Letter, Receipt, Sink

# Celery's message body, protocol 2: arguments, keyword arguments, and what is to follow. The record goes in as the
# JSON it is: 0.009 ms for one of 7 KB, and 0.22 if it were read and kombu wrote it anew.
_BODY: Final = (b'[[],{"record":', b'},{"callbacks":null,"errbacks":null,"chain":null,"chord":null}]')


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `celery`.

    `url`: the other application's broker. `task`: the name of a task that takes the argument `record`. It goes to
    `queue`, or to `exchange` with `routing_key`. The rest is as in the sink `amqp`.
    """

    url: str
    task: Annotated[str, msgspec.Meta(min_length=1)]
    queue: Annotated[str, msgspec.Meta(min_length=1)] = "celery"
    exchange: str = ""
    routing_key: str = ""
    exchange_type: str = ""
    declare: Declare = "none"
    ca_certs: str = ""
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 20.0
    transport_options: dict[str, Any] = {}

    def __repr__(self) -> str:
        """Leave the URL out: it may carry a password."""
        return f"Options(task={self.task!r}, queue={self.queue!r})"


class Celery:
    """Sends each record as a task whose id is the message id; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._task = options.task
        self._route = Route(
            options.queue, options.exchange, options.routing_key, options.exchange_type, options.declare
        )
        self._target = KombuTarget(
            name, options.url, self._route, options.timeout_seconds, options.transport_options, options.ca_certs
        )
        app: Any = celery.Celery(set_as_current=False)  # for its message format alone; it never connects
        self._format = app.amqp.as_task_v2

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Send the tasks and wait for the broker's confirmations."""
        del batch
        return Receipt(str(self._route), self._target.publish([self._message(letter) for letter in letters]))

    def check(self) -> str:
        """Connect and look for the queue or exchange; whether anybody knows the task cannot be told."""
        return self._target.check()

    def _message(self, letter: Letter) -> Message:
        told = f"{{'record': {letter.record_id!r}}}"  # what Flower and logs show of the arguments
        made = self._format(letter.id, self._task, argsrepr="()", kwargsrepr=told, ignore_result=True)
        return Message(letter.json.join(_BODY), made.headers, {**made.properties, "message_id": letter.id})


component: type[Sink] = Celery
