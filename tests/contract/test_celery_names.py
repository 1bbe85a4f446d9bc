"""The few names of Celery that the bootstep leans on: when one of these changes, this fails before production does."""

from __future__ import annotations

import inspect

import celery
from celery import bootsteps
from celery.worker import consumer, request, state, strategy
from kombu.message import Message

from worker.app import app
from worker.source import StreamSource, local_message


def test_version_is_the_one_that_was_looked_at() -> None:
    assert celery.__version__.startswith("5.7.")


def test_task_state_is_kept_where_the_bootstep_looks() -> None:
    assert {"add", "discard"} <= set(dir(state.reserved_requests))
    assert isinstance(state.requests, dict) or hasattr(state.requests, "get")


def test_strategy_takes_message_body_ack_reject_and_callbacks() -> None:
    source = inspect.getsource(strategy.default)
    assert "def task_message_handler(message, body, ack, reject, callbacks," in source
    assert "symbol_by_name(task.Request)" in source


def test_request_has_the_hooks_that_are_overridden() -> None:
    assert list(inspect.signature(request.Request.on_success).parameters) == [
        "self",
        "failed__retval__runtime",
        "kwargs",
    ]
    assert list(inspect.signature(request.Request.on_timeout).parameters) == ["self", "soft", "timeout"]
    assert list(inspect.signature(request.Request.on_failure).parameters)[:2] == ["self", "exc_info"]
    assert request.Request.worker_pid is None


def test_consumer_and_blueprint_offer_what_the_step_uses() -> None:
    assert "celery.worker.consumer.tasks:Tasks" in consumer.Consumer.Blueprint.default_steps
    assert callable(consumer.Consumer.call_soon)
    assert issubclass(StreamSource, bootsteps.StartStopStep)


def test_local_message_is_an_ordinary_json_task_message() -> None:
    message = local_message(app, "copydesk.drain", ("default", 2))
    assert isinstance(message, Message)
    assert message.headers["task"] == "copydesk.drain"
    assert message.content_type == "application/json"
    args, kwargs, _embed = message.payload
    assert (args, kwargs) == (["default", 2], {})


def test_only_json_is_accepted() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.result_backend is None


def test_each_sink_has_a_queue_of_its_own() -> None:
    queues = app.amqp.queues
    assert {name: queue.routing_key for name, queue in queues.items()} == {
        "copydesk": "copydesk",
        "copydesk.sink.files": "copydesk.sink.files",
    }
    assert app.conf.task_default_routing_key in {None, "copydesk"}
