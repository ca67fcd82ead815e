"""Write the private server's settings, fitted to the machine."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from geo.store.programs import Account

MEGABYTE = 1024 * 1024
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def write_config(data: Path, account: Account, *, sockets: Path, port: int, durable: bool) -> None:
    """Write ``erqi.conf`` in the data folder, whole or not at all, for ``account`` to read."""
    settings = server_settings(sockets=sockets, port=port, memory_mb=memory_mb())
    if not durable:
        settings |= UNSAFE
    lines = [f"{name} = '{value.translate(_QUOTED)}'" for name, value in settings.items()]
    handle, name = tempfile.mkstemp(dir=data, prefix="erqi.conf.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write("# Written at each start; put your own settings into local.conf.\n")
        stream.write("\n".join(lines) + "\n")
        if account.switch:
            os.fchown(stream.fileno(), account.uid, account.gid)
    Path(name).replace(data / "erqi.conf")


def server_settings(*, sockets: Path, port: int, memory_mb: int) -> dict[str, str]:
    """Return the settings for a machine with ``memory_mb`` megabytes that the service shares with others."""
    return {
        "listen_addresses": "",
        "unix_socket_directories": '"' + str(sockets).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "port": str(port),
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory_mb // 6, 32), 4096)}MB",
        "effective_cache_size": f"{max(memory_mb // 2, 64)}MB",
        "maintenance_work_mem": f"{min(max(memory_mb // 32, 16), 256)}MB",
        "work_mem": "16MB" if memory_mb >= 2048 else "4MB",  # noqa: PLR2004 (two gigabytes)
        "random_page_cost": "1.1",  # a district's tables stay in memory
        "jit": "off",  # short statements: compiling costs more than it saves
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "cluster_name": "erqi",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",  # a week of logs, then the day is written over
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
    }


def memory_mb() -> int:
    """Return the memory that this machine, or the container we are in, may use."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = CGROUP_LIMIT.read_text(encoding="ascii").strip()
    except OSError:  # no such limit on this kernel
        limit = "max"
    return min(physical, int(limit) if limit.isdigit() else physical) // MEGABYTE


_QUOTED = str.maketrans({"'": "''", "\\": "\\\\"})
