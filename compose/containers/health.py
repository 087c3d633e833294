"""Tell whether a service is well: ``python -m compose.containers.health URL [PART...]``.

With parts, the answer's body has to call each of them healthy: Airflow answers with status 200
even where its database is down.
"""

import json
import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

SECONDS = 5
DIRECT = build_opener(ProxyHandler({}))


def complaint(url: str, parts: list[str]) -> str:
    """Return why the service is not well, or nothing."""
    try:
        with DIRECT.open(url, timeout=SECONDS) as answer:
            body = answer.read()
    except (URLError, TimeoutError) as error:
        return f"{url}: {error}"
    health = json.loads(body) if parts else {}
    ill = [part for part in parts if health.get(part, {}).get("status") != "healthy"]
    return f"{url}: not healthy: {', '.join(ill)}" if ill else ""


if __name__ == "__main__":
    sys.exit(complaint(sys.argv[1], sys.argv[2:]) or 0)
