-- What a run prints in the end: requests, microseconds, errors, and the latencies of 50, 99 and 99.9 %.
done = function(summary, latency, requests)
    local e = summary.errors
    print(string.format("FIGURES %d %d %d %d %d %d", summary.requests, summary.duration,
        e.connect + e.read + e.write + e.status + e.timeout,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
