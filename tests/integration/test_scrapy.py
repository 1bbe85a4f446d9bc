"""A real Scrapy crawl of a local site: items and responses end in the intake, also after an outage of the server."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
import redis

from tests.integration.line import ROOT, wait_until
from tests.servers import RedisServer
from worker.intake.lane import Lane

LANE = Lane("default")
PAGES = 40

SPIDER = """
import sys, json
from scrapy import Spider
from scrapy.crawler import CrawlerProcess

class Site(Spider):
    name = "local"
    start_urls = [sys.argv[1] + "/"]

    def parse(self, response):
        for link in response.css("a::attr(href)").getall():
            yield response.follow(link, self.page)

    def page(self, response):
        if "payload" in self.settings.get("KIND"):
            yield {"payload": response.body, "type": "text/html", "url": response.url, "id": response.url}
        else:
            yield {"url": response.url, "title": response.css("title::text").get(), "body": "Some text. " * 20}

process = CrawlerProcess({"LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False, **json.loads(sys.argv[2])})
crawler = process.create_crawler(Site)
process.crawl(crawler)
process.start()
with open(sys.argv[3], "w") as out:
    json.dump(crawler.stats.get_stats(), out, default=str)
"""


@pytest.fixture
def site() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = self.path.removeprefix("/story/")
            if self.path == "/":
                body = "".join(f'<a href="/story/{n}">{n}</a>' for n in range(PAGES))
            else:
                body = f"<title>Story {number}</title><article><h1>Story {number}</h1><p>Text {number}.</p></article>"
            raw = body.encode()
            self.send_response(200)
            self.send_header("Content-Type", "image/png" if self.path == "/robots.txt" else "text/html")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def start(site: str, directory: Path, settings: dict[str, Any]) -> subprocess.Popen[bytes]:
    arguments = [site, orjson.dumps(settings).decode(), str(directory / "stats.json")]
    spider = directory / "spider.py"
    spider.write_text(SPIDER)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (directory / "scrapy.log").open("wb") as log:
        command = [sys.executable, str(spider), *arguments]
        return subprocess.Popen(command, cwd=directory, stdout=log, stderr=log, env=environ)


def crawl(site: str, directory: Path, settings: dict[str, Any]) -> dict[str, Any]:
    process = start(site, directory, settings)
    assert process.wait(120) == 0, (directory / "scrapy.log").read_text()
    return cast("dict[str, Any]", orjson.loads((directory / "stats.json").read_bytes()))


def fields(url: str) -> list[dict[bytes, bytes]]:
    with redis.Redis.from_url(url) as server:
        rows = cast("list[tuple[bytes, dict[bytes, bytes]]]", server.xrange(LANE.intake))
    return [row for _, row in rows]


PIPELINE = {"worker.producers.scrapy.CopydeskPipeline": 900}
EXTENSION = {"worker.producers.scrapy.CopydeskExtension": 500}


def test_items_of_a_crawl_are_in_the_intake(redis_server: RedisServer, site: str, tmp_path: Path) -> None:
    settings = {
        "KIND": "payload",
        "COPYDESK_URL": redis_server.url,
        "ITEM_PIPELINES": PIPELINE,
        "EXTENSIONS": EXTENSION,
    }
    stats = crawl(site, tmp_path, {**settings, "COPYDESK_BATCH_COUNT": 7})
    stored = fields(redis_server.url)
    assert {row[b"url"].decode().rsplit("/", 1)[1] for row in stored} == {str(n) for n in range(PAGES)}
    assert len(stored) == PAGES
    assert all(row[b"source"] == b"local" and b"<article>" in row[b"payload"] for row in stored)
    assert (stats["copydesk/payloads"], stats["copydesk/stored"], stats["item_scraped_count"]) == (PAGES,) * 3
    assert stats["copydesk/flushes"] >= PAGES // 7
    assert "copydesk/not_stored" not in stats
    crawl(site, tmp_path, settings)
    assert len(fields(redis_server.url)) == PAGES, "the items' own ids: a second crawl adds nothing"


def test_pipeline_alone_pushes_items_without_payload_as_json(
    redis_server: RedisServer, site: str, tmp_path: Path
) -> None:
    crawl(site, tmp_path, {"KIND": "item", "COPYDESK_URL": redis_server.url, "ITEM_PIPELINES": PIPELINE})
    stored = fields(redis_server.url)
    assert len(stored) == PAGES
    body = orjson.loads(stored[0][b"payload"])
    assert body["url"].encode() == stored[0][b"url"]
    assert body["title"].startswith("Story ")


def test_extension_alone_pushes_responses(redis_server: RedisServer, site: str, tmp_path: Path) -> None:
    settings = {"KIND": "item", "COPYDESK_URL": redis_server.url, "EXTENSIONS": EXTENSION, "COPYDESK_RESPONSES": True}
    stats = crawl(site, tmp_path, settings)
    stored = fields(redis_server.url)
    assert len(stored) == PAGES + 1 == stats["copydesk/stored"], "the start page too, no image"
    assert {row[b"type"] for row in stored} == {b"text/html"}
    assert all(row[b"fetched_at"] for row in stored)


def test_crawl_goes_on_when_the_server_comes_back(redis_server: RedisServer, site: str, tmp_path: Path) -> None:
    """The server is away when the crawl begins; what was collected is stored once, later."""
    redis_server.kill()
    settings = {
        "KIND": "payload",
        "COPYDESK_URL": redis_server.url,
        "ITEM_PIPELINES": PIPELINE,
        "EXTENSIONS": EXTENSION,
        "COPYDESK_BATCH_COUNT": 2,
        "COPYDESK_BATCH_SECONDS": 0.2,
        "DOWNLOAD_DELAY": 0.05,
    }
    process = start(site, tmp_path, settings)
    try:
        wait_until(lambda: b"payloads wait" in (tmp_path / "scrapy.log").read_bytes(), 60, "the crawl met the outage")
        time.sleep(0.5)
        redis_server.restart()
        assert process.wait(120) == 0
    finally:
        process.kill()
    assert len(fields(redis_server.url)) == PAGES
    stats = orjson.loads((tmp_path / "stats.json").read_bytes())
    assert stats["copydesk/stored"] == PAGES
    assert stats["copydesk/errors/IntakeUnreachable"] >= 1


def test_crawl_that_could_not_store_says_so(redis_server: RedisServer, site: str, tmp_path: Path) -> None:
    redis_server.kill()
    settings = {
        "KIND": "payload",
        "COPYDESK_URL": redis_server.url,
        "ITEM_PIPELINES": PIPELINE,
        "EXTENSIONS": EXTENSION,
    }
    stats = crawl(site, tmp_path, settings)
    assert stats["copydesk/not_stored"] == PAGES
    assert f"{PAGES} payloads could not be stored and are lost" in (tmp_path / "scrapy.log").read_text()
