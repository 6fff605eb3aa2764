"""From figures to tables: what is compared with what, and what it has to reach."""

import statistics


class Table:
    """The figures of all rounds."""

    def __init__(self, results):
        self.results = results

    def each(self, cell, key):
        """One figure of a cell, of each round; the reason where there are none."""
        rounds = self.results.get(cell)
        if rounds is None:
            return "not measured"
        return rounds if isinstance(rounds, str) else [r[key] for r in rounds]

    def disturbed(self, column):
        """Whether other programs took much of the machine in most of its rounds."""
        others = self.each(column.rsplit(" ", 1)[0], "others")
        return not isinstance(others, str) and statistics.median(others) > DISTURBED


DISTURBED = 15  # percent of a core

# What, cell and figure, what it is compared with (None: nothing), unit, at least (>) or at most (<), target.
FLOOD = "flood, 1 group of 1,000: deliveries/s"
PACED = "paced, 50/s to 1,000"
V2 = "fastim.v2,"
STORM = "10,000 fastim.v2 clients lose their host and resume"
TARGETS_V2 = (
    (f"{V2} flood, 1 group of 1,000, 64 senders: deliveries/s, against Part 1", "v2 flood rate", "v1 flood rate",
     "k/s", ">", 0.9),
    ("CPU a delivery in it with Redis", "v2 flood cost", "v1 flood cost", "µs", None, None),
    ("deliveries/s with 600 bytes in place of 120", "v2 long flood rate", "v1 long flood rate", "k/s", ">", 0.9),
    (f"{V2} {PACED}: CPU a delivery with Redis, against Part 1", "v2 paced cost", "v1 paced cost", "µs", "<", 1.11),
    ("p50", "v2 paced p50", "v1 paced p50", "ms", None, None),
    ("send to ack p50, against send to echo", "v2 paced ack_p50", "v1 paced echo_p50", "ms", None, None),
    (f"{V2} 200/s to 10: send to ack p50, against send to echo of Part 1", "v2 answered ack_p50",
     "v1 answered echo_p50", "ms", "<", 1.1),
    ("p99", "v2 answered ack_p99", "v1 answered echo_p99", "ms", None, None),
    (f"{V2} 19,000 connections: resident memory of each, presence included", "v2 hold kb", None, "KB", "<", 2.7),
    (f"{STORM}, one group at 20/s: until all have what they missed", "storm one back", None, "s", "<", 5),
    ("not recovered", "storm one unrecovered", None, "clients", "<", 1),
    ("Redis meanwhile, % of a core", "storm one redis", None, "%", None, None),
    ("p99 in another group, same host, against before", "storm one near", "storm one near_calm", "ms", None, None),
    ("p99 in another group, other host, against before", "storm one far", "storm one far_calm", "ms", None, None),
    (f"{STORM}, 1,000 groups at 1/s each: until all have what they missed", "storm many back", None, "s", "<", 5),
    ("not recovered", "storm many unrecovered", None, "clients", "<", 1),
    ("Redis meanwhile, % of a core", "storm many redis", None, "%", None, None),
    ("p99 in another group, same host, against before", "storm many near", "storm many near_calm", "ms", None, None),
    ("p99 in another group, other host, against before", "storm many far", "storm many far_calm", "ms", None, None),
    (f"{STORM}, one group at 1/s: until all have what they missed", "storm calm back", None, "s", "<", 5),
    ("Redis meanwhile, % of a core", "storm calm redis", None, "%", None, None),
    ("p99 in another group, same host, against before", "storm calm near", "storm calm near_calm", "ms", None, None),
    ("p99 in another group, other host, against before", "storm calm far", "storm calm far_calm", "ms", None, None),
)
TARGETS = (
    (f"{FLOOD}, against the bare loop", "flood fastim rate", "flood bare rate", "k/s", ">", 10),
    ("the same, against nchan", "flood fastim rate", "flood nchan rate", "k/s", ">", 3),
    ("the same, against uWebSockets.js", "flood fastim rate", "flood uWebSockets.js rate", "k/s", ">", 3),
    ("the same, against ws", "flood fastim rate", "flood ws rate", "k/s", ">", 10),
    ("flood, 100 groups of 10: deliveries/s, against coalescing off", "groups on rate", "groups off rate", "k/s",
     ">", 8),
    ("the same, said through WebSockets and stored", "groups stored rate", None, "k/s", None, None),
    (f"{PACED}: CPU a delivery with Redis, against bare", "paced fastim cost", "paced bare cost", "µs", "<",
     1.25),
    ("the same, against nchan", "paced fastim cost", "paced nchan cost", "µs", "<", 0.8),
    ("the same, against uWebSockets.js", "paced fastim cost", "paced uWebSockets.js cost", "µs", None, None),
    ("the same, against ws", "paced fastim cost", "paced ws cost", "µs", None, None),
    ("the daemon's share of it, against bare", "paced fastim own", "paced bare cost", "µs", None, None),
    (f"{PACED}: p50, against bare", "paced fastim p50", "paced bare p50", "ms", "<", 1.2),
    ("p99, against bare", "paced fastim p99", "paced bare p99", "ms", "<", 2),
    ("messages in, stored and pushed, group of 10, against redis-benchmark of the script", "ingest rate",
     "redis rate", "k/s", ">", 0.4),
    ("redis-benchmark of the script in a group that has rules, against none", "redis rules rate", "redis rate", "k/s",
     ">", 0.91),
    ("redis-benchmark of the script with an id, as fastim.v2 sends, against without", "redis id rate", "redis rate",
     "k/s", None, None),
    ("19,000 connections: taken a second, its Redis on the other core, against bare", "apart fastim rate",
     "hold bare rate", "k/s", ">", 0.7),
    ("the same, its Redis on the same core", "hold fastim rate", "hold bare rate", "k/s", None, None),
    ("that against nchan", "hold fastim rate", "hold nchan rate", "k/s", None, None),
    ("resident memory of each", "hold fastim kb", None, "KB", "<", 2.6),
    ("that of nchan", "hold nchan kb", None, "KB", None, None),
    ("that of uWebSockets.js", "hold uWebSockets.js kb", None, "KB", None, None),
    ("that of ws", "hold ws kb", None, "KB", None, None),
    ("CPU with pings every 25 s, % of a core", "pings cpu", None, "%", "<", 1.5),
    ("group of 100 at 200/s among 19,000: p50, against it alone", "busy among p50", "busy alone p50", "ms",
     "<", 1.5),
    ("two workers: connections held", "workers held", None, "k", ">", 38),
    ("5,000 group lists of 20 groups, quiet: daemon, % of a core", "lists daemon", None, "%", "<", 10),
    ("Redis, % of a core", "lists redis", None, "%", "<", 5),
    ("with 2 messages/s: longest delay of a push", "lists max", None, "s", "<", 1.2),
    ("/group/listOldMessage anywhere in 1,000,000 messages, against 1,000", "history 1M old", "history 1k old",
     "µs", "<", 2),
    ("the same among the newest 1,000", "history 1M recent", "history 1k recent", "µs", "<", 2),
    ("/group/delMessage in 1,000,000 messages, against 1,000", "history 1M del", "history 1k del", "µs", "<", 2),
    *TARGETS_V2,
    ("/user/listGroup through lighttpd: requests/s, against a hello-world", "list_group rate", "hello rate",
     "k/s", ">", 0.8),
)

SCALE = {"k/s": 1e-3, "k": 1e-3}
FROM_US_TO_MS = {"ms": 1e-3}


def spread(values):
    """How far the rounds lie apart, in percent of their median."""
    middle = statistics.median(values)
    return 100 * (max(values) - min(values)) / middle if middle else 0


def shown(values, unit):
    middle = statistics.median(values) * SCALE.get(unit, FROM_US_TO_MS.get(unit, 1))
    return f"{middle:,.0f}" if middle >= 1000 else f"{middle:.3g}"


def row_of(table, what, cell, other, unit, sense, target):
    """One line of the table, or None where the first cell was not part of this run."""
    values = table.each(*cell.rsplit(" ", 1))
    if values == "not measured":
        return None
    against = table.each(*other.rsplit(" ", 1)) if other else None
    if against == "not measured":
        return None
    for missing in (values, against):
        if isinstance(missing, str):
            return f"| {what} | | {missing} | | {'' if target is None else f'{sense}= {target}'} | |"
    if against is None:
        judged = [v * SCALE.get(unit, 1) for v in values]
        ratio = ""
    else:
        judged = [a / b for a, b in zip(values, against)]
        ratio = f"{statistics.median(judged):.3g}x ± {spread(judged) / 2:.0f} %"
    verdict = ""
    if target is not None:
        reached = statistics.median(judged)
        verdict = "ok" if (reached >= target if sense == ">" else reached <= target) else "missed"
    if verdict and (table.disturbed(cell) or other and table.disturbed(other)):
        verdict += " (disturbed)"
    wanted = "" if target is None else f"{'≥' if sense == '>' else '≤'} {target}{'x' if other else ' ' + unit}"
    return (f"| {what} | {shown(values, unit)} {unit} | {shown(against, unit) + ' ' + unit if against else ''} "
            f"| {ratio} | {wanted} | {verdict} |")


def compare(table, targets):
    rows = [row_of(table, *target) for target in targets]
    return ["| what | fastim | the other | ratio | target | |", "|---|---|---|---|---|---|",
            *[row for row in rows if row is not None]]


def note_of(results):
    """The machine's noise: what the same program under the same load differed by."""
    noise = [f"{name.split()[1]} {spread([r['rate'] for r in rounds]):.0f} %" for name, rounds in results.items()
             if name.startswith("flood ") and isinstance(rounds, list) and len(rounds) > 1]
    others = [r["others"] for name, rounds in results.items() if isinstance(rounds, list) and name != "errors"
              for r in rounds]
    told = f"spread of the rounds' flood rates: {', '.join(noise)}" if noise else "one round, spread not known"
    if others:
        told += (f"; other programs took {statistics.median(others):.1f} % of a core meanwhile, "
                 f"{max(others):.0f} % at the most")
    return f"Noise: {told}."
