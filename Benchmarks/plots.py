"""The figures as SVG, the same octets for the same results."""

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot  # noqa: E402  (needs the line above)
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator  # noqa: E402

from results import median  # noqa: E402

COLOURS = {"sessiond": "#d9480f", "evhttp in C": "#1864ab", "nginx": "#2b8a3e", "Flask": "#868e96"}
HANDSHAKES = "status, TLS, no keep-alive"
STYLE = {"svg.hashsalt": "sessiond", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10,
         "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3,
         "axes.axisbelow": True, "figure.figsize": (8, 4.5), "figure.constrained_layout.use": True}


def _thousands(axis):
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _ticks(axis, values):
    axis.set_major_locator(FixedLocator(list(values)))
    axis.set_minor_locator(NullLocator())


def throughput(data, axes):
    """Requests a second against connections."""
    for name, counts in data["connections"]["servers"].items():
        at = sorted(map(int, counts))
        axes.plot(at, [median(counts[str(count)], "per_second") for count in at], "o-", label=name, color=COLOURS[name])
    axes.set(xscale="log", xlabel="connections", ylabel="requests a second",
             title="/profile on one core: throughput (client on the other core)")
    axes.set_ylim(bottom=0)
    _ticks(axes.xaxis, at)
    _thousands(axes.xaxis)
    _thousands(axes.yaxis)
    axes.legend()


def latency(data, axes):
    """Latency percentiles at half of each server's own maximum; the horizontal axis stretches the tail."""
    shares = ["0", "50", "90", "99", "99.9", "99.99"]
    nines = [1 / (1 - float(share) / 100) for share in shares]
    for name, runs in data["latency"]["servers"].items():
        points = [median([run["intended"] for run in runs], share) for share in shares]
        rate = median(runs, "rate")
        axes.plot(nines, points, "o-", label=f"{name}, at {rate:,.0f}/s", color=COLOURS[name])
    axes.set(xscale="log", yscale="log", xlabel="percentile", ylabel="µs from the intended moment",
             title="/profile at half of each server's maximum: latency")
    _ticks(axes.xaxis, nines)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 - 100 / value:g}"))
    _thousands(axes.yaxis)
    axes.legend()


def cost(data, axes):
    """Processor time for each request by load. Flask and whole handshakes would leave no room for the others."""
    found = {load: servers for load, servers in data["compare"]["loads"].items() if load != HANDSHAKES}
    names = [name for name in COLOURS if name != "Flask"]
    height = 0.8 / len(names)
    for number, name in enumerate(names):
        rows = [(at, median(servers[name], "cpu")) for at, servers in enumerate(found.values()) if name in servers]
        bars = axes.barh([at + number * height for at, _ in rows], [value for _, value in rows], height, label=name,
                         color=COLOURS[name])
        axes.bar_label(bars, fmt="%.1f", padding=2, fontsize=7)
    axes.set_yticks([at + height * (len(names) - 1) / 2 for at in range(len(found))], found)
    axes.invert_yaxis()
    axes.set(xlabel="µs of the processor for each request", title="Cost by load")
    axes.grid(axis="y", visible=False)
    axes.legend()


def sessions(data, axes):
    """Cost against the number of live sessions."""
    sizes = data["live-sessions"]["sizes"]
    at = sorted(map(int, sizes))
    for size in at:
        runs = sizes[str(size)]["runs"]
        axes.plot([size] * len(runs), [run["cpu"] for run in runs], ".", color=COLOURS["sessiond"], alpha=0.35)
    axes.plot(at, [median(sizes[str(size)]["runs"], "cpu") for size in at], "o-", color=COLOURS["sessiond"])
    axes.set(xscale="log", xlabel="live sessions", ylabel="µs of the processor for each request",
             title="/profile with 10,000 cookies in turn: cost by number of sessions")
    axes.set_ylim(bottom=0)
    _ticks(axes.xaxis, at)
    _thousands(axes.xaxis)


# By file: what it needs, how it is drawn, its height in inches.
PLOTS = {"throughput": ("connections", throughput, 4.5), "latency": ("latency", latency, 4.5),
         "cost": ("compare", cost, 7), "sessions": ("live-sessions", sessions, 4.5)}


def draw(data, folder):
    """Every figure whose part has run."""
    with pyplot.rc_context(STYLE):
        for name, (part, plot, height) in PLOTS.items():
            if part not in data:
                continue
            figure, axes = pyplot.subplots(figsize=(8, height))
            try:
                plot(data, axes)
                figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
            except (KeyError, TypeError, ValueError) as error:
                print(f"   FAILED {name}.svg: {type(error).__name__}: {error}")
            pyplot.close(figure)
