"""Public clients for Node, unchanged, only pointed at our address: what they send is in the inbox as sent.

npm installs them once into a folder of the user's cache; without node, npm or the registry these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from tests.api.door_server import KEY, serving

PACKAGES = ("@segment/analytics-node@3.1.0", "@rudderstack/rudder-sdk-node@3.0.13")
SECONDS = 180

CALLS = """
client.identify({userId: 'u1', traits: {email: 'a@b.example', 城市: '上海'}});
client.track({userId: 'u1', event: 'Order Completed', properties: {order_id: 'o1', total: 12.5},
              timestamp: new Date('2026-06-30T08:00:00.123Z')});
client.page({userId: 'u1', name: 'Home', properties: {path: '/'}});
client.screen({userId: 'u1', name: 'Start'});
client.group({userId: 'u1', groupId: 'g1', traits: {name: '公司'}});
client.alias({userId: 'u1', previousId: 'anon-1'});
client.track({anonymousId: 'anon-2', event: 'Product Viewed', context: {ip: '1.2.3.4'}});
"""
SEGMENT = """
const {Analytics} = require('@segment/analytics-node');
const [host, writeKey] = process.argv.slice(1);
const client = new Analytics({writeKey, host});
client.on('error', fault => { console.error(fault); process.exitCode = 1; });
CALLS
client.closeAndFlush();
"""
RUDDER = """
const RudderAnalytics = require('@rudderstack/rudder-sdk-node');
const [dataPlaneUrl, writeKey] = process.argv.slice(1);
const client = new RudderAnalytics(writeKey, {dataPlaneUrl, GZIP, flushInterval: 100});
CALLS
client.flush().then(() => process.exit(0), fault => { console.error(String(fault)); process.exit(1); });
"""


@pytest.fixture(scope="module")
def modules() -> Path:
    """Return the folder in which npm has installed the clients."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huaxiang-tests" / "node"
    cache.mkdir(parents=True, exist_ok=True)
    wanted = "\n".join(PACKAGES)
    with FileLock(cache / "lock"):
        done = cache / "installed.txt"
        if not done.exists() or done.read_text() != wanted:
            (cache / "package.json").write_text('{"private": true}')
            command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
            try:
                ended = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=SECONDS, check=False)
            except subprocess.TimeoutExpired:
                pytest.skip("npm did not answer in time")
            if ended.returncode:
                pytest.skip(f"npm cannot install the clients: {ended.stderr[-200:]}")
            done.write_text(wanted)
    return cache


def run(modules: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NODE_PATH": str(modules / "node_modules")}
    command = ["node", "-e", script.replace("CALLS", CALLS), "--", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "script",
    [SEGMENT, RUDDER.replace("GZIP", "gzip: true"), RUDDER.replace("GZIP", "gzip: false")],
    ids=["segment", "rudder, packed", "rudder"],
)
def test_node_clients(tmp_path: Path, modules: Path, script: str) -> None:
    with serving(tmp_path) as served:
        ended = run(modules, script, served.url, KEY)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert not [event.rule for event in served.events() if event.rule]
        found = served.documents()
    assert [each["type"] for each in found] == ["identify", "track", "page", "screen", "group", "alias", "track"]
    identify, track, page, _, group, alias, anonymous = found
    assert (identify["userId"], identify["traits"]) == ("u1", {"email": "a@b.example", "城市": "上海"})
    assert (track["event"], track["properties"]) == ("Order Completed", {"order_id": "o1", "total": 12.5})
    assert track["timestamp"].startswith("2026-06-30T08:00:0")
    assert (page["name"], page["properties"]["path"]) == ("Home", "/")
    assert (group["groupId"], group["traits"]) == ("g1", {"name": "公司"})
    assert (alias["userId"], alias["previousId"]) == ("u1", "anon-1")
    assert (anonymous["anonymousId"], anonymous["context"]["ip"]) == ("anon-2", "1.2.3.4")
    assert len({each["messageId"] for each in found}) == 7


def test_a_wrong_key_reaches_the_client_as_an_error(tmp_path: Path, modules: Path) -> None:
    with serving(tmp_path) as served:
        ended = run(modules, SEGMENT, served.url, "wrong")
        assert ended.returncode == 1
        assert "401" in ended.stderr
        assert served.inbox.last == 0
