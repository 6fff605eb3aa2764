"""table - what a run showed, one row a fault, in Markdown."""
from checker import Kind
from record import Outcome

COUNTS = [Kind.LOST, Kind.DOUBLED, Kind.DISORDER, Kind.REFUSED_STORED, Kind.ACKED_MISSING,
          Kind.FALSE]
HEAD = ["fault", "times", "stored", "refused (503)", *(kind.value for kind in COUNTS), "gone with Redis' data",
        "longest without delivery, s", "… in other shards, s", "longest until pushed, s", "longest until 503, s", "503 late", "closed"]


def rows(record, findings):
    """A row for each fault that struck, and the calm before."""
    names = list(dict.fromkeys([record.CALM] + [strike.fault for strike in record.strikes]))
    return [row(record, findings, name) for name in names]


def row(record, findings, name):
    sent = [one for one in record.sent if record.fault_at(one.answered_ms or one.sent_ms) == name]
    stored = [one for one in sent if one.outcome is Outcome.STORED]
    refused = [one for one in sent if one.outcome is Outcome.REFUSED]
    here = [finding for finding in findings if record.fault_at(finding.at_ms) == name]
    found = [finding.kind for finding in here]
    gone = {finding.info for finding in here if finding.kind is Kind.GONE}
    return [name, sum(strike.fault == name for strike in record.strikes), len(stored), len(refused),
            *(found.count(kind) for kind in COUNTS), len(gone),
            seconds(record.silence_ms.get(name, 0)), seconds(record.others_ms[name]) if name in record.others_ms else "-",
            longest(stored), longest(refused), found.count(Kind.LATE),
            ", ".join(f"{code}: {count}" for code, count in sorted(record.closed.get(name, {}).items())) or "-"]


def seconds(milliseconds):
    return f"{milliseconds / 1000:.1f}"


def longest(sent):
    return seconds(max(one.waited_ms for one in sent)) if sent else "-"


def markdown(all_rows):
    lines = [HEAD, ["---"] + ["---:"] * (len(HEAD) - 1)] + all_rows
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def v2_line(record):
    """What clients of fastim.v2 went through."""
    views = record.views
    told = [recovered for view in views for recovered in view.resumes if recovered is not None]
    return (f"fastim.v2: {len(views)} clients, {sum(view.cuts for view in views)} cuts, "
            f"{told.count(True)} times recovered, {sum(view.lists for view in views)} lists, "
            f"{len(record.recalled)} recalls")
